/** RFC 5480 §2.2, 8410 §4, 3279 §2.3.1: every public key of these algorithms is a whole number of octets, and there is one. */
import type { Lint } from '../lint.ts';
import type { TbsCertificate } from '../structure/tbs-certificate.ts';

export const publicKeyWholeOctets: Lint<TbsCertificate> = {
  name: 'public-key-whole-octets',
  citation: 'RFC 5280 §4.1.2.7, RFC 5480 §2.2, RFC 3279 §2.3.1',
  requirement: 'subjectPublicKey is a BIT STRING of whole octets, at least one',
  check({ subjectPublicKeyInfo: { subjectPublicKey, unusedBits } }) {
    if (subjectPublicKey.length === 0) return 'subjectPublicKey is empty';
    return unusedBits === 0 ? undefined : `subjectPublicKey has ${unusedBits} unused bits`;
  },
};
