/** RFC 5280 §4.2.1.1: certificates say which key of the issuer verifies them, unless they are self-signed. */
import type { Lint } from '../lint.ts';
import type { TbsCertificate } from '../structure/tbs-certificate.ts';

export const authorityKeyIdentifierPresent: Lint<TbsCertificate> = {
  name: 'authority-key-identifier-present',
  citation: 'RFC 5280 §4.2.1.1',
  requirement: 'The keyIdentifier of authorityKeyIdentifier MUST be there in all certificates but self-signed ones',
  check: ({ isSelfIssued, extensions }) =>
    isSelfIssued || extensions.values.authorityKeyIdentifier?.keyIdentifier !== undefined
      ? undefined
      : 'there is no authorityKeyIdentifier with a keyIdentifier',
};
