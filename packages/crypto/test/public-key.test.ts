/** The key policy: what it accepts, and each of its refusals by name. */
import { createECDH, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { der, fromHex, rfc5480, rfc8017, rfc8410, rfc9881, toHex } from '@touchmark/asn1';
import { generateKeyPair, keyAlgorithmNames, KeyPolicyError, parsePublicKey } from '../src/index.ts';
import type { KeyPolicyCode } from '../src/index.ts';
import { modulusOfPrimesApart, power, prime, rocaModulus, rsaSpki, soundModulus } from './weak-rsa-key.ts';

const spkiOf = (publicKey: KeyObject): Uint8Array => new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }));

const refusal = (spkiDer: Uint8Array, options = {}): KeyPolicyError => {
  try {
    parsePublicKey(spkiDer, options);
  } catch (error) {
    if (error instanceof KeyPolicyError) return error;
    throw error;
  }
  throw new Error('the key was accepted');
};

const ecSpki = (parameters: Uint8Array, point: Uint8Array): Uint8Array =>
  der.sequence(der.sequence(der.oid(rfc5480['id-ecPublicKey']), parameters), der.bitString(point));
const spki = (oid: string, key: Uint8Array, ...parameters: Uint8Array[]): Uint8Array =>
  der.sequence(der.sequence(der.oid(oid), ...parameters), der.bitString(key));

const p256Spki = spkiOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey);
const p256 = der.oid(rfc5480.secp256r1);
const p256Point = p256Spki.slice(-65);
const replaceAt = (bytes: Uint8Array, at: number, octet: number): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  copy[at] = octet;
  return copy;
};
const ecOn = (namedCurve: string): Uint8Array => spkiOf(generateKeyPairSync('ec', { namedCurve }).publicKey);

function ecOfScalar(scalar: Uint8Array): Uint8Array {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(scalar);
  return ecSpki(p256, new Uint8Array(ecdh.getPublicKey()));
}

/** P-256 spelt out, as "-pkeyopt ec_param_enc:explicit" makes it. */
const explicitP256 = spkiOf(generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' }).publicKey);

const soundRsa = soundModulus(2048);

/** (p + x, y) where (x, y) is on P-256: a second encoding of the same point. */
function pointBeyondThePrime(): Uint8Array {
  const p = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
  const b = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
  const hex = (n: bigint): string => n.toString(16).padStart(64, '0');
  for (let x = 1n; ; x += 1n) {
    const ySquared = (x ** 3n - 3n * x + b) % p;
    const y = power(ySquared, (p + 1n) / 4n, p);
    if ((y * y) % p !== ySquared) continue;
    expect(parsePublicKey(ecSpki(p256, fromHex(`04${hex(x)}${hex(y)}`))).keyAlgorithm).toBe('ec-p256');
    return fromHex(`04${hex(p + x)}${hex(y)}`);
  }
}

describe('parsePublicKey accepts', () => {
  it.each(keyAlgorithmNames.filter((name) => name !== 'rsa-4096'))('%s', async (name) => {
    const { publicKey } = await generateKeyPair(name);
    const parsed = parsePublicKey(spkiOf(publicKey));
    expect(parsed.keyAlgorithm).toBe(name);
    expect(parsed.keyObject.equals(publicKey)).toBe(true);
    expect(parsed.keyObject.type).toBe('public');
    expect(toHex(parsed.subjectPublicKeyInfoDer)).toBe(toHex(spkiOf(publicKey)));
  });

  it.each([
    [2048, 'rsa-2048'],
    [2049, 'rsa-2048'],
    [2560, 'rsa-2048'],
    [3071, 'rsa-2048'],
    [3072, 'rsa-3072'],
    [4095, 'rsa-3072'],
    [4096, 'rsa-4096'],
  ])('RSA of %i bits as %s', (bits, keyAlgorithm) => {
    expect(parsePublicKey(rsaSpki(soundModulus(bits)))).toMatchObject({ keyAlgorithm, bits, kind: 'rsa' });
  });

  it('RSA above 4096 bits where the limit is raised', () => {
    const parsed = parsePublicKey(rsaSpki(soundModulus(4098)), { maximumRsaBits: 8192 });
    expect(parsed).toMatchObject({ keyAlgorithm: 'rsa-other', bits: 4098 });
  });

  it('a key that was accepted a moment ago, from the octets at hand, and not beyond the limit at hand', () => {
    const spkiDer = rsaSpki(soundModulus(8192));
    const first = parsePublicKey(spkiDer, { maximumRsaBits: 8192 });
    const copy = Uint8Array.from(spkiDer);
    const second = parsePublicKey(copy, { maximumRsaBits: 8192 });
    expect(second.keyObject).toBe(first.keyObject);
    expect(second.subjectPublicKeyInfoDer).toBe(copy);
    expect(refusal(spkiDer).code).toBe('keyTooLarge');
  });

  it('a window on larger bytes', () => {
    const bytes = new Uint8Array(p256Spki.length + 7);
    bytes.set(p256Spki, 5);
    expect(parsePublicKey(bytes.subarray(5, 5 + p256Spki.length)).keyAlgorithm).toBe('ec-p256');
  });
});

const refused: readonly (readonly [string, KeyPolicyCode, RegExp, () => Uint8Array])[] = [
  // RSA
  ['RSA of 1024 bits', 'keyTooSmall', /1024 bits/, () => rsaSpki(soundModulus(1024))],
  ['RSA of 2047 bits', 'keyTooSmall', /2047 bits/, () => rsaSpki(soundModulus(2047))],
  ['RSA with modulus 0', 'keyTooSmall', /0 bits/, () => rsaSpki(0n)],
  ['RSA of 4097 bits', 'keyTooLarge', /4097 bits/, () => rsaSpki(2n ** 4096n + 1n)],
  ['RSA of 16384 bits', 'keyTooLarge', /16384 bits/, () => rsaSpki(2n ** 16_383n + 1n)],
  ['RSA of 65536 bits', 'keyTooLarge', /octets/, () => rsaSpki(2n ** 65_535n + 1n)],
  ['e = 1', 'keyExponentNotAllowed', /is 1;/, () => rsaSpki(soundRsa, 1n)],
  ['e = 3', 'keyExponentNotAllowed', /is 3;/, () => rsaSpki(soundRsa, 3n)],
  ['e = 65539', 'keyExponentNotAllowed', /is 65539;/, () => rsaSpki(soundRsa, 65_539n)],
  ['a negative e', 'keyExponentNotAllowed', /is /, () => rsaSpki(soundRsa, -65_537n)],
  ['an e of 2000 bits', 'keyExponentNotAllowed', /more than 64 bits/, () => rsaSpki(soundRsa, 2n ** 2000n + 1n)],
  ['a negative modulus', 'keyModulusNegative', /negative/, () => rsaSpki(-soundRsa)],
  ['an even modulus', 'keyModulusEven', /even/, () => rsaSpki(soundRsa - 1n)],
  ['a modulus divided by 3', 'keyModulusWeak', /: 3 divides/, () => rsaSpki(3n * soundModulus(2047))],
  ['a modulus divided by 1999', 'keyModulusWeak', /: 1999 divides/, () => rsaSpki(1999n * soundModulus(2048))],
  ['close primes', 'keyPrimesClose', /Fermat/, () => rsaSpki(modulusOfPrimesApart(2n ** 500n))],
  ['the square of a prime', 'keyPrimesClose', /Fermat/, () => rsaSpki(prime(1024) ** 2n)],
  ['a modulus with the ROCA fingerprint', 'keyKnownWeak', /ROCA/, () => rsaSpki(rocaModulus())],
  ['RSA without parameters', 'keyParametersInvalid', /NULL/, () => rsaSpki(soundRsa, 65_537n, new Uint8Array())],
  ['RSA with other parameters', 'keyParametersInvalid', /NULL/, () => rsaSpki(soundRsa, 65_537n, der.sequence())],
  [
    'RSA with a third integer',
    'keyMalformed',
    /left over/,
    () =>
      spki(rfc8017.rsaEncryption, der.sequence(der.integer(soundRsa), der.integer(65_537), der.integer(1)), der.null()),
  ],
  [
    'RSA with a padded modulus',
    'keyMalformed',
    /longer than it need be/,
    () =>
      spki(
        rfc8017.rsaEncryption,
        der.sequence(der.tlv(2, Uint8Array.of(0, 0), der.integer(soundRsa).slice(4)), der.integer(65_537)),
        der.null(),
      ),
  ],

  // EC
  ['P-192', 'keyCurveNotAllowed', /P-192/, () => ecOn('prime192v1')],
  ['P-224', 'keyCurveNotAllowed', /P-224/, () => ecOn('secp224r1')],
  ['secp256k1', 'keyCurveNotAllowed', /secp256k1/, () => ecOn('secp256k1')],
  ['brainpoolP256r1', 'keyCurveNotAllowed', /brainpoolP256r1/, () => ecOn('brainpoolP256r1')],
  ['a curve nobody heard of', 'keyCurveNotAllowed', /1\.2\.3\.4/, () => ecSpki(der.oid('1.2.3.4'), p256Point)],
  ['explicit parameters', 'keyCurveExplicit', /spells out/, () => explicitP256],
  ['implicitCurve', 'keyCurveMissing', /does not name/, () => ecSpki(der.null(), p256Point)],
  ['EC without parameters', 'keyCurveMissing', /does not name/, () => ecSpki(new Uint8Array(), p256Point)],
  [
    'EC with an INTEGER for parameters',
    'keyParametersInvalid',
    /name of a curve/,
    () => ecSpki(der.integer(1), p256Point),
  ],
  ['the point at infinity', 'keyPointAtInfinity', /infinity/, () => ecSpki(p256, Uint8Array.of(0))],
  [
    'the point at infinity in disguise',
    'keyPointInvalid',
    /not a point of its curve/,
    () => ecSpki(p256, Uint8Array.of(4, ...new Uint8Array(64))),
  ],
  [
    'a compressed point',
    'keyPointCompressed',
    /compressed/,
    () => ecSpki(p256, Uint8Array.of(2 + ((p256Point[64] ?? 0) & 1), ...p256Point.subarray(1, 33))),
  ],
  [
    'a hybrid point',
    'keyPointHybrid',
    /hybrid/,
    () => ecSpki(p256, replaceAt(p256Point, 0, 6 + ((p256Point[64] ?? 0) & 1))),
  ],
  ['an empty point', 'keyPointInvalid', /no point/, () => ecSpki(p256, new Uint8Array())],
  [
    'a point of another length',
    'keyLengthInvalid',
    /64 octets instead of 65/,
    () => ecSpki(p256, p256Point.slice(0, 64)),
  ],
  ['a P-256 point on P-384', 'keyLengthInvalid', /instead of 97/, () => ecSpki(der.oid(rfc5480.secp384r1), p256Point)],
  [
    'a point off its curve',
    'keyPointInvalid',
    /not a point of its curve/,
    () => replaceAt(p256Spki, 90, (p256Spki[90] ?? 0) ^ 1),
  ],
  [
    'a coordinate that is not below the prime',
    'keyPointInvalid',
    /not a point of its curve/,
    () => ecSpki(p256, pointBeyondThePrime()),
  ],

  ...[1, 2, 16].map(
    (scalar) =>
      [
        `the private key ${scalar}`,
        'keyPrivateKeyTrivial',
        /1 to 16/,
        () => ecOfScalar(Uint8Array.of(scalar)),
      ] as const,
  ),
  [
    'the private key -1',
    'keyPrivateKeyTrivial',
    /its negative/,
    () => ecOfScalar(fromHex('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550')),
  ],
  [
    'a key of RFC 9500',
    'keyPublished',
    /RFC 9500/,
    () => ecOfScalar(fromHex('e6cb5bdd80aa45ae9c95e8c15476679ffec953c16851e711e743939589c64fc1')),
  ],

  // Edwards
  [
    'Ed25519 with parameters',
    'keyParametersInvalid',
    /parameters/,
    () => spki(rfc8410['id-Ed25519'], new Uint8Array(32), der.null()),
  ],
  ['Ed25519 of 31 octets', 'keyLengthInvalid', /31 octets/, () => spki(rfc8410['id-Ed25519'], new Uint8Array(31))],
  ['Ed25519 of order 4', 'keyPointSmallOrder', /small order/, () => spki(rfc8410['id-Ed25519'], new Uint8Array(32))],

  // ML-DSA
  [
    'ML-DSA with parameters',
    'keyParametersInvalid',
    /parameters/,
    () => spki(rfc9881['id-ml-dsa-44'], new Uint8Array(1312), der.null()),
  ],
  [
    'ML-DSA-44 of 1311 octets',
    'keyLengthInvalid',
    /1311 octets/,
    () => spki(rfc9881['id-ml-dsa-44'], new Uint8Array(1311)),
  ],
  [
    'ML-DSA-65 under the name of ML-DSA-44',
    'keyLengthInvalid',
    /ML-DSA-44/,
    () => spki(rfc9881['id-ml-dsa-44'], new Uint8Array(1952)),
  ],

  // other algorithms
  ['Ed448', 'keyAlgorithmUnknown', /Ed448/, () => spkiOf(generateKeyPairSync('ed448').publicKey)],
  ['X25519', 'keyAlgorithmCannotSign', /X25519/, () => spkiOf(generateKeyPairSync('x25519').publicKey)],
  ['X448', 'keyAlgorithmCannotSign', /X448/, () => spkiOf(generateKeyPairSync('x448').publicKey)],
  [
    'DSA',
    'keyAlgorithmWithdrawn',
    /DSA/,
    () => spkiOf(generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 }).publicKey),
  ],
  [
    'DH',
    'keyAlgorithmCannotSign',
    /Diffie-Hellman/,
    () => spki('1.2.840.113549.1.3.1', der.integer(soundRsa), der.sequence()),
  ],
  [
    'RSASSA-PSS',
    'keyRestrictedToPss',
    /RSASSA-PSS/,
    () => spkiOf(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey),
  ],
  ['RSAES-OAEP', 'keyAlgorithmCannotSign', /encryption/, () => spki(rfc8017['id-RSAES-OAEP'], new Uint8Array(1))],
  ['ECDH', 'keyAlgorithmCannotSign', /ECDH/, () => spki(rfc5480['id-ecDH'], p256Point, p256)],
  ['ML-KEM', 'keyAlgorithmCannotSign', /ML-KEM-768/, () => spkiOf(generateKeyPairSync('ml-kem-768').publicKey)],
  ['SLH-DSA', 'keyAlgorithmUnknown', /2\.16\.840/, () => spkiOf(generateKeyPairSync('slh-dsa-sha2-128s').publicKey)],
  ['an algorithm nobody heard of', 'keyAlgorithmUnknown', /1\.2\.3\.4/, () => spki('1.2.3.4', new Uint8Array(1))],

  // structure
  ['nothing', 'keyMalformed', /DER/, () => new Uint8Array()],
  ['trailing octets', 'keyMalformed', /left over/, () => Uint8Array.of(...p256Spki, 0)],
  ['trailing octets after RSA', 'keyMalformed', /left over/, () => Uint8Array.of(...rsaSpki(soundRsa), 5, 0)],
  ['a length in long form', 'keyMalformed', /DER/, () => Uint8Array.of(0x30, 0x81, 0x59, ...p256Spki.slice(2))],
  ['an indefinite length', 'keyMalformed', /DER/, () => Uint8Array.of(0x30, 0x80, ...p256Spki.slice(2), 0, 0)],
  [
    'unused bits',
    'keyMalformed',
    /whole octets/,
    () =>
      der.sequence(
        der.sequence(der.oid(rfc5480['id-ecPublicKey']), p256),
        der.bitString(replaceAt(p256Point, 64, 0xf0), 4),
      ),
  ],
  [
    'a third element of the algorithm',
    'keyMalformed',
    /left over/,
    () => der.sequence(der.sequence(der.oid(rfc5480['id-ecPublicKey']), p256, der.null()), der.bitString(p256Point)),
  ],
  [
    'an OCTET STRING for the key',
    'keyMalformed',
    /DER/,
    () => der.sequence(der.sequence(der.oid(rfc5480['id-ecPublicKey']), p256), der.octetString(p256Point)),
  ],
  ['more than 4096 octets', 'keyTooLarge', /5000/, () => new Uint8Array(5000)],
];

describe('parsePublicKey refuses', () => {
  it.each(refused)('%s as %s', (_case, code, message, make) => {
    const error = refusal(make());
    expect({ code: error.code, message: error.message }).toEqual({ code, message: expect.stringMatching(message) });
  });

  it('RSA above a raised limit', () => {
    expect(refusal(rsaSpki(2n ** 8192n + 1n), { maximumRsaBits: 8192 }).code).toBe('keyTooLarge');
  });

  it('weak moduli above 4096 bits as well', () => {
    expect(refusal(rsaSpki(3n * soundModulus(4998)), { maximumRsaBits: 8192 }).code).toBe('keyModulusWeak');
  });

  it.each([2047, 8193, Number.NaN])('a limit of %d bits', (maximumRsaBits) => {
    expect(() => parsePublicKey(p256Spki, { maximumRsaBits })).toThrow(RangeError);
  });
});
