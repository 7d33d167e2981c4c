/** RFC 5280 §5.3.1: the values of CRLReason; 7 is not used. */
import type { Lint } from '../lint.ts';
import type { CrlEntryInList } from '../structure/tbs-cert-list.ts';

const removeFromCrl = 8;
const aaCompromise = 10;

export const reasonCodeDefined: Lint<CrlEntryInList> = {
  name: 'reason-code-defined',
  citation: 'RFC 5280 §5.3.1',
  requirement: 'The reason code is one of 0 to 6 and 8 to 10, and removeFromCRL appears in delta CRLs only',
  check({ extensions, isInDelta }) {
    const reason = extensions.values.reasonCode;
    if (reason === undefined) return undefined;
    if (reason < 0 || reason > aaCompromise || reason === 7) return `the reason code is ${reason}`;
    return reason === removeFromCrl && !isInDelta ? 'removeFromCRL is in a CRL that is no delta' : undefined;
  },
};
