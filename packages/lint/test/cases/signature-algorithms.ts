/** AlgorithmIdentifier of the signature. */
import { der } from '@touchmark/asn1';
import { ecdsaWithSha256 } from '../support/parts.ts';
import { leaf, tbsCertificate } from '../support/tbs-certificate.ts';
import type { LintCases } from '../support/verdict.ts';

const signedWith = (oid: string, ...parameters: readonly Uint8Array[]): Uint8Array =>
  tbsCertificate(leaf, { signature: der.sequence(der.oid(oid), ...parameters) });

const mlDsa65 = '2.16.840.1.101.3.4.3.18';

export const signatureAlgorithmCases: LintCases = {
  'ecdsa-signature-parameters-absent': {
    fails: {
      'ecdsa-with-SHA256 and NULL': signedWith('1.2.840.10045.4.3.2', der.null()),
      'ecdsa-with-SHA512 and a curve': signedWith('1.2.840.10045.4.3.4', der.oid('1.2.840.10045.3.1.7')),
    },
    passes: { 'ecdsa-with-SHA256': tbsCertificate(leaf, { signature: ecdsaWithSha256 }) },
  },
  'rsa-signature-parameters-null': {
    fails: {
      'no parameters': signedWith('1.2.840.113549.1.1.11'),
      'an empty SEQUENCE': signedWith('1.2.840.113549.1.1.13', der.sequence()),
    },
    passes: { NULL: signedWith('1.2.840.113549.1.1.11', der.null()) },
  },
  'rsassa-pss-parameters-present': {
    fails: {
      'no parameters': signedWith('1.2.840.113549.1.1.10'),
      NULL: signedWith('1.2.840.113549.1.1.10', der.null()),
    },
    passes: { 'a SEQUENCE': signedWith('1.2.840.113549.1.1.10', der.sequence(der.explicit(2, der.integer(32)))) },
  },
  'eddsa-signature-parameters-absent': {
    fails: {
      'Ed25519 and NULL': signedWith('1.3.101.112', der.null()),
      'Ed448 and NULL': signedWith('1.3.101.113', der.null()),
    },
    passes: { Ed25519: signedWith('1.3.101.112') },
  },
  'ml-dsa-signature-parameters-absent': {
    fails: { 'ML-DSA-65 and NULL': signedWith(mlDsa65, der.null()) },
    passes: { 'ML-DSA-65': signedWith(mlDsa65) },
  },
  'signature-digest-collision-resistant': {
    fails: {
      sha1WithRSAEncryption: signedWith('1.2.840.113549.1.1.5', der.null()),
      md5WithRSAEncryption: signedWith('1.2.840.113549.1.1.4', der.null()),
      'ecdsa-with-SHA1': signedWith('1.2.840.10045.4.1'),
    },
    passes: { sha384WithRSAEncryption: signedWith('1.2.840.113549.1.1.12', der.null()) },
  },
};
