/** RFC 5280 §5.3.3: certificateIssuer belongs to indirect CRLs, where it is critical. */
import type { Lint } from '../lint.ts';
import { extensionId } from '../structure/identifiers.ts';
import type { CrlEntryInList } from '../structure/tbs-cert-list.ts';

export const certificateIssuerOnlyInIndirect: Lint<CrlEntryInList> = {
  name: 'certificate-issuer-only-in-indirect',
  citation: 'RFC 5280 §5.3.3',
  requirement: 'certificateIssuer names the issuer in an indirect CRL, and MUST be critical',
  check({ extensions, isInIndirect }) {
    const extension = extensions.find(extensionId.certificateIssuer);
    if (extension === undefined) return undefined;
    if (!isInIndirect) return 'certificateIssuer is in a CRL that is not indirect';
    return extension.critical ? undefined : 'certificateIssuer is not critical';
  },
};
