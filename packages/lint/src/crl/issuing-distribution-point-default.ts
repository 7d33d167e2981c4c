/** X.690 §11.5: the flags of an issuing distribution point default to FALSE and are then left out. */
import type { Lint } from '../lint.ts';
import type { TbsCertList } from '../structure/tbs-cert-list.ts';

export const issuingDistributionPointDefault: Lint<TbsCertList> = {
  name: 'issuing-distribution-point-default',
  citation: 'RFC 5280 §5.2.5, X.690 §11.5',
  requirement: 'Flags of issuingDistributionPoint that are FALSE are left out',
  check: ({ extensions }) =>
    extensions.values.issuingDistributionPoint?.encodesDefault === true
      ? 'issuingDistributionPoint encodes the default FALSE'
      : undefined,
};
