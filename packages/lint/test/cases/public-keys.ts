/** SubjectPublicKeyInfo. */
import { der } from '@touchmark/asn1';
import { ecKey, rsaKey, spki } from '../support/parts.ts';
import { leaf, tbsCertificate } from '../support/tbs-certificate.ts';
import type { LintCases } from '../support/verdict.ts';

const key = (subjectPublicKeyInfo: Uint8Array): Uint8Array => tbsCertificate(leaf, { subjectPublicKeyInfo });
const rawKey = (algorithm: Uint8Array, bits: Uint8Array, unusedBits = 0): Uint8Array =>
  key(der.sequence(algorithm, der.bitString(bits, unusedBits)));
const filled = (length: number, first = 0x07): Uint8Array =>
  Uint8Array.of(first, ...new Uint8Array(length - 1).fill(7));

const ecPublicKey = der.oid('1.2.840.10045.2.1');
const p256 = '1.2.840.10045.3.1.7';
const rsaEncryption = der.sequence(der.oid('1.2.840.113549.1.1.1'), der.null());
const ed25519 = '1.3.101.112';
const mlDsa87 = '2.16.840.1.101.3.4.3.19';
const modulus = der.integerBytes(Uint8Array.of(0, ...new Uint8Array(256).fill(0xc1)));
const rsaPublicKey = der.sequence(modulus, der.integer(65537));

export const publicKeyCases: LintCases = {
  'ec-parameters-named-curve': {
    fails: {
      'no parameters': rawKey(der.sequence(ecPublicKey), filled(65, 4)),
      NULL: rawKey(der.sequence(ecPublicKey, der.null()), filled(65, 4)),
      'explicit parameters': rawKey(der.sequence(ecPublicKey, der.sequence(der.integer(1))), filled(65, 4)),
    },
    passes: { 'a named curve': key(spki.p256) },
  },
  'ec-point-form': {
    fails: {
      'a hybrid point': key(ecKey(p256, 0x06, 64)),
      'an octet too few': key(ecKey(p256, 0x04, 63)),
      'a compressed point with two coordinates': key(ecKey(p256, 0x02, 64)),
      'the point at infinity': key(ecKey(p256, 0x00, 0)),
      'a P-256 point on P-384': key(ecKey('1.3.132.0.34', 0x04, 64)),
    },
    passes: {
      'an uncompressed point': key(ecKey(p256, 0x04, 64)),
      'a compressed point': key(ecKey(p256, 0x03, 32)),
      'P-521': key(ecKey('1.3.132.0.35', 0x04, 132)),
      'a curve of which the size is unknown here': key(ecKey('1.3.36.3.3.2.8.1.1.7', 0x04, 64)),
    },
  },
  'rsa-parameters-null': {
    fails: {
      'an empty SEQUENCE': key(rsaKey(rsaPublicKey, der.sequence())),
      'no parameters': rawKey(der.sequence(der.oid('1.2.840.113549.1.1.1')), rsaPublicKey),
    },
    passes: { NULL: key(spki.rsa) },
  },
  'rsa-public-key-form': {
    fails: {
      'an even modulus': key(rsaKey(der.sequence(der.integer(0x10000), der.integer(65537)))),
      'an even exponent': key(rsaKey(der.sequence(modulus, der.integer(65536)))),
      'a negative modulus': key(rsaKey(der.sequence(der.integer(-65537), der.integer(65537)))),
      'a third integer': key(rsaKey(der.sequence(modulus, der.integer(65537), der.integer(1)))),
      'no DER': rawKey(rsaEncryption, filled(64)),
    },
    passes: { 'modulus and exponent': key(spki.rsa) },
  },
  'eddsa-key-form': {
    fails: {
      NULL: rawKey(der.sequence(der.oid(ed25519), der.null()), filled(32)),
      '31 octets': rawKey(der.sequence(der.oid(ed25519)), filled(31)),
      'Ed448 of 32 octets': rawKey(der.sequence(der.oid('1.3.101.113')), filled(32)),
    },
    passes: { Ed25519: key(spki.ed25519), Ed448: rawKey(der.sequence(der.oid('1.3.101.113')), filled(57)) },
  },
  'ml-dsa-key-form': {
    fails: {
      NULL: rawKey(der.sequence(der.oid(mlDsa87), der.null()), filled(2592)),
      'octets of ML-DSA-65': rawKey(der.sequence(der.oid(mlDsa87)), filled(1952)),
    },
    passes: { 'ML-DSA-44': key(spki.mlDsa44), 'ML-DSA-87': rawKey(der.sequence(der.oid(mlDsa87)), filled(2592)) },
  },
  'public-key-whole-octets': {
    fails: {
      'no octet': rawKey(der.sequence(der.oid('1.2.3.4')), new Uint8Array()),
      'unused bits': rawKey(der.sequence(der.oid('1.2.3.4')), Uint8Array.of(0x80), 1),
    },
    passes: { 'a key of an unknown algorithm': rawKey(der.sequence(der.oid('1.2.3.4')), Uint8Array.of(1)) },
  },
};
