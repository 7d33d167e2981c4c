/** RFC 5280 §4.2.1.1 and §4.2.1.2: a key identifier identifies. */
import type { Lint } from '../lint.ts';
import type { TbsCertificate } from '../structure/tbs-certificate.ts';

export const keyIdentifierNotEmpty: Lint<TbsCertificate> = {
  name: 'key-identifier-not-empty',
  citation: 'RFC 5280 §4.2.1.1, §4.2.1.2',
  requirement: 'Key identifiers are derived from the key or unique: they have octets',
  check({ extensions: { values, subjectValues } }) {
    if (subjectValues.subjectKeyIdentifier?.length === 0) return 'subjectKeyIdentifier is empty';
    return values.authorityKeyIdentifier?.keyIdentifier?.length === 0
      ? 'the keyIdentifier of the issuer is empty'
      : undefined;
  },
};
