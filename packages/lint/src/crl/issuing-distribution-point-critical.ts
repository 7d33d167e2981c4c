/** RFC 5280 §5.2.5: who does not process the scope must not take the CRL for complete. */
import type { Lint } from '../lint.ts';
import { extensionId } from '../structure/identifiers.ts';
import type { TbsCertList } from '../structure/tbs-cert-list.ts';

export const issuingDistributionPointCritical: Lint<TbsCertList> = {
  name: 'issuing-distribution-point-critical',
  citation: 'RFC 5280 §5.2.5',
  requirement: 'The issuing distribution point is a critical CRL extension',
  check: ({ extensions }) =>
    extensions.find(extensionId.issuingDistributionPoint)?.critical === false
      ? 'issuingDistributionPoint is not critical'
      : undefined,
};
