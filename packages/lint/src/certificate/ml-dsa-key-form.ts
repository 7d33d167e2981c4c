/** RFC 9881 §2 and §4: an ML-DSA key has no parameters and the octets of its parameter set. */
import type { Lint } from '../lint.ts';
import { mlDsaPublicKeyLength } from '../structure/identifiers.ts';
import type { TbsCertificate } from '../structure/tbs-certificate.ts';

export const mlDsaKeyForm: Lint<TbsCertificate> = {
  name: 'ml-dsa-key-form',
  citation: 'RFC 9881 §2, §4',
  requirement: 'The parameters of an ML-DSA key MUST be absent, and the key is the raw octets of FIPS 204',
  check({ subjectPublicKeyInfo: { algorithm, subjectPublicKey } }) {
    const expected = mlDsaPublicKeyLength[algorithm.algorithm];
    if (expected === undefined) return undefined;
    if (algorithm.parametersDer !== undefined) return 'the ML-DSA key has parameters';
    return subjectPublicKey.length === expected ? undefined : `the ML-DSA key has ${subjectPublicKey.length} octets`;
  },
};
