/** RFC 8410 §3 and §4: an Ed25519 key has no parameters and 32 octets, an Ed448 key 57. */
import type { Lint } from '../lint.ts';
import { keyAlgorithmId } from '../structure/identifiers.ts';
import type { TbsCertificate } from '../structure/tbs-certificate.ts';

export const eddsaKeyForm: Lint<TbsCertificate> = {
  name: 'eddsa-key-form',
  citation: 'RFC 8410 §3, §4',
  requirement: 'The parameters of an EdDSA key MUST be absent, and the key is the octets of RFC 8032',
  check({ subjectPublicKeyInfo: { algorithm, subjectPublicKey } }) {
    const expected = lengths[algorithm.algorithm];
    if (expected === undefined) return undefined;
    if (algorithm.parametersDer !== undefined) return 'the EdDSA key has parameters';
    return subjectPublicKey.length === expected ? undefined : `the EdDSA key has ${subjectPublicKey.length} octets`;
  },
};

const lengths: Readonly<Record<string, number>> = { [keyAlgorithmId.Ed25519]: 32, [keyAlgorithmId.Ed448]: 57 };
