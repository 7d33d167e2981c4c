/** RFC 5280 §5.2.5: a CRL is limited to one kind of certificate at most, and not to attribute certificates. */
import type { Lint } from '../lint.ts';
import type { TbsCertList } from '../structure/tbs-cert-list.ts';

export const issuingDistributionPointScope: Lint<TbsCertList> = {
  name: 'issuing-distribution-point-scope',
  citation: 'RFC 5280 §5.2.5',
  requirement:
    'At most one of onlyContainsUserCerts and onlyContainsCACerts is TRUE, and onlyContainsAttributeCerts MUST be FALSE',
  check({ extensions }) {
    const point = extensions.values.issuingDistributionPoint;
    if (point?.onlyContainsAttributeCerts === true) return 'the scope is attribute certificates';
    return point?.onlyContainsUserCerts === true && point.onlyContainsCACerts
      ? 'the scope is both only user certificates and only CA certificates'
      : undefined;
  },
};
