/** RFC 5280 §5.3.1: reasonCode is non-critical. */
import type { Lint } from '../lint.ts';
import { extensionId } from '../structure/identifiers.ts';
import type { CrlEntryInList } from '../structure/tbs-cert-list.ts';

export const reasonCodeNotCritical: Lint<CrlEntryInList> = {
  name: 'reason-code-not-critical',
  citation: 'RFC 5280 §5.3.1',
  requirement: 'reasonCode is a non-critical CRL entry extension',
  check: ({ extensions }) =>
    extensions.find(extensionId.cRLReasons)?.critical === true ? 'the reason code is critical' : undefined,
};
