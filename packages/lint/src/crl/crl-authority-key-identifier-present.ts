/** RFC 5280 §5.2.1: a CRL says which key of the issuer verifies it. */
import type { Lint } from '../lint.ts';
import type { TbsCertList } from '../structure/tbs-cert-list.ts';

export const crlAuthorityKeyIdentifierPresent: Lint<TbsCertList> = {
  name: 'crl-authority-key-identifier-present',
  citation: 'RFC 5280 §5.2.1',
  requirement:
    'Conforming CRL issuers MUST use the key identifier method and include authorityKeyIdentifier in all CRLs',
  check({ extensions }) {
    const keyIdentifier = extensions.values.authorityKeyIdentifier?.keyIdentifier;
    return keyIdentifier === undefined || keyIdentifier.length === 0
      ? 'there is no authorityKeyIdentifier with a keyIdentifier'
      : undefined;
  },
};
