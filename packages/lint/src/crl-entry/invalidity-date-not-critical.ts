/** RFC 5280 §5.3.2: invalidityDate is non-critical. */
import type { Lint } from '../lint.ts';
import { extensionId } from '../structure/identifiers.ts';
import type { CrlEntryInList } from '../structure/tbs-cert-list.ts';

export const invalidityDateNotCritical: Lint<CrlEntryInList> = {
  name: 'invalidity-date-not-critical',
  citation: 'RFC 5280 §5.3.2',
  requirement: 'invalidityDate is a non-critical CRL entry extension',
  check: ({ extensions }) =>
    extensions.find(extensionId.invalidityDate)?.critical === true ? 'invalidityDate is critical' : undefined,
};
