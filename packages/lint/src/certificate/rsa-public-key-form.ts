/** RFC 8017 Appendix A.1.1: RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }. */
import { Asn1Error, readWhole } from '@touchmark/asn1';
import type { Lint } from '../lint.ts';
import { keyAlgorithmId } from '../structure/identifiers.ts';
import type { TbsCertificate } from '../structure/tbs-certificate.ts';

export const rsaPublicKeyForm: Lint<TbsCertificate> = {
  name: 'rsa-public-key-form',
  citation: 'RFC 3279 §2.3.1, RFC 8017 Appendix A.1.1',
  requirement: 'An RSA public key is the DER encoding of a positive modulus and a positive exponent, both odd',
  check({ subjectPublicKeyInfo: { algorithm, subjectPublicKey } }) {
    if (algorithm.algorithm !== keyAlgorithmId.rsaEncryption) return undefined;
    try {
      const fields = readWhole(subjectPublicKey);
      const modulus = fields.integerBytes();
      const publicExponent = fields.integerBytes();
      fields.end();
      return isPositiveOdd(modulus) && isPositiveOdd(publicExponent)
        ? undefined
        : 'modulus or exponent of the RSA key is not a positive odd number';
    } catch (error) {
      if (!(error instanceof Asn1Error)) throw error;
      return `the RSA key is no RSAPublicKey: ${error.message}`;
    }
  },
};

function isPositiveOdd(content: Uint8Array): boolean {
  return (content[0] ?? 0x80) < 0x80 && ((content.at(-1) ?? 0) & 1) === 1;
}
