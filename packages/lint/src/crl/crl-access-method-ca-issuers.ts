/** RFC 5280 §5.2.7: authorityInfoAccess of a CRL leads to the issuer's certificates and nowhere else. */
import type { Lint } from '../lint.ts';
import { accessMethodId } from '../structure/identifiers.ts';
import type { TbsCertList } from '../structure/tbs-cert-list.ts';

export const crlAccessMethodCaIssuers: Lint<TbsCertList> = {
  name: 'crl-access-method-ca-issuers',
  citation: 'RFC 5280 §5.2.7',
  requirement: 'In a CRL, access methods other than id-ad-caIssuers MUST NOT be included',
  check({ extensions }) {
    const other = (extensions.values.authorityInfoAccess ?? []).find(
      ({ accessMethod }) => accessMethod !== accessMethodId.caIssuers,
    );
    return other && `authorityInfoAccess has the access method ${other.accessMethod}`;
  },
};
