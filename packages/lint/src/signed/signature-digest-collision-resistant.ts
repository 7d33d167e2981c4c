/** RFC 6151 §2 and RFC 6194 §4: MD5 and SHA-1 no longer hold where a signature needs collision resistance. */
import type { Lint } from '../lint.ts';
import type { SignedFrame } from '../structure/signed.ts';

const brokenDigests: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.2': 'MD2',
  '1.2.840.113549.1.1.4': 'MD5',
  '1.2.840.113549.1.1.5': 'SHA-1',
  '1.2.840.10040.4.3': 'SHA-1',
  '1.2.840.10045.4.1': 'SHA-1',
  '1.3.14.3.2.29': 'SHA-1',
};

export const signatureDigestCollisionResistant: Lint<SignedFrame> = {
  name: 'signature-digest-collision-resistant',
  citation: 'RFC 6151 §2, RFC 6194 §4',
  requirement: 'A signature is made over a digest without known collisions',
  check: ({ signature }) => {
    const digest = brokenDigests[signature.algorithm];
    return digest === undefined ? undefined : `the signature would be over ${digest}`;
  },
};
