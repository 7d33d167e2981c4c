/** RFC 5280 §5.2.5: an issuing distribution point says something. */
import type { Lint } from '../lint.ts';
import type { TbsCertList } from '../structure/tbs-cert-list.ts';

export const issuingDistributionPointNotEmpty: Lint<TbsCertList> = {
  name: 'issuing-distribution-point-not-empty',
  citation: 'RFC 5280 §5.2.5',
  requirement: 'Conforming CRL issuers MUST NOT issue CRLs whose issuingDistributionPoint is an empty sequence',
  check({ extensions }) {
    const point = extensions.values.issuingDistributionPoint;
    if (point?.isEmpty === true) return 'issuingDistributionPoint is an empty sequence';
    const name = point?.distributionPoint;
    return name?.kind === 'fullName' && name.names.length === 0
      ? 'issuingDistributionPoint has an empty name'
      : undefined;
  },
};
