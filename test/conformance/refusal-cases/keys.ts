/** The key that is to be certified. */
import { createECDH, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { der, fromHex, rfc5480, rfc8017, rfc8410, toHex } from '@touchmark/asn1';
import type { CaErrorCode } from '@touchmark/ca';
import { debianWeakModulus } from '@touchmark/testkit';
import {
  modulusOfPrimesApart,
  rocaModulus,
  rsaSpki,
  soundModulus,
} from '../../../packages/crypto/test/weak-rsa-key.ts';
import { craftRequest } from '../../support/crafted-request.ts';
import { enrolling } from './case.ts';
import type { RefusalCase } from './case.ts';

const ofKey = (code: CaErrorCode, name: string, says: RegExp, subjectPublicKeyInfo: () => Uint8Array): RefusalCase =>
  enrolling(code, name, says, () => craftRequest({ subjectPublicKeyInfo: subjectPublicKeyInfo() }));

const spkiOf = (publicKey: KeyObject): Uint8Array => new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }));
const spki = (oid: string, key: Uint8Array, ...parameters: Uint8Array[]): Uint8Array =>
  der.sequence(der.sequence(der.oid(oid), ...parameters), der.bitString(key));
const ec = (parameters: Uint8Array, point: Uint8Array): Uint8Array =>
  spki(rfc5480['id-ecPublicKey'], point, parameters);
const p256 = der.oid(rfc5480.secp256r1);

function pointOf(scalarHex: string): Uint8Array {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(fromHex(scalarHex));
  return new Uint8Array(ecdh.getPublicKey());
}

const somePoint = pointOf('0badc0ffee0ddf00d0badc0ffee0ddf00d0badc0ffee0ddf00d0badc0ffee0dd');
const changed = (bytes: Uint8Array, at: number, octet: number): Uint8Array => bytes.with(at, octet);

export const keyCases: readonly RefusalCase[] = [
  ofKey('keyMalformed', 'a key with unused bits', /whole number of octets/, () =>
    der.sequence(
      der.sequence(der.oid(rfc5480['id-ecPublicKey']), p256),
      der.bitString(changed(somePoint, 64, 0xf0), 4),
    ),
  ),
  ofKey('keyMalformed', 'an RSAPublicKey with a third INTEGER', /left over/, () =>
    spki(
      rfc8017.rsaEncryption,
      der.sequence(der.integer(2n ** 2047n + 1n), der.integer(65_537), der.integer(1)),
      der.null(),
    ),
  ),
  ofKey('keyParametersInvalid', 'RSA without NULL', /NULL/, () => rsaSpki(2n ** 2047n + 1n, 65_537n, new Uint8Array())),
  ofKey('keyParametersInvalid', 'Ed25519 with NULL', /must be absent/, () =>
    spki(rfc8410['id-Ed25519'], new Uint8Array(32), der.null()),
  ),
  ofKey('keyLengthInvalid', 'a coordinate without its leading zero', /64 octets instead of 65/, () =>
    ec(p256, somePoint.slice(0, 64)),
  ),
  ofKey('keyAlgorithmUnknown', 'Ed448', /Ed448/, () => spkiOf(generateKeyPairSync('ed448').publicKey)),
  ofKey('keyAlgorithmCannotSign', 'X25519', /X25519/, () => spkiOf(generateKeyPairSync('x25519').publicKey)),
  ofKey('keyAlgorithmWithdrawn', 'DSA', /DSA/, () => spki('1.2.840.10040.4.1', der.integer(4), der.sequence())),
  ofKey('keyRestrictedToPss', 'id-RSASSA-PSS', /RSASSA-PSS/, () =>
    spki(rfc8017['id-RSASSA-PSS'], der.sequence(der.integer(7), der.integer(65_537))),
  ),
  ofKey('keyTooSmall', 'RSA of 2047 bits', /2047 bits/, () => rsaSpki(soundModulus(2047))),
  ofKey('keyTooLarge', 'RSA of 4097 bits', /4097 bits/, () => rsaSpki(2n ** 4096n + 1n)),
  ofKey('keyExponentNotAllowed', 'e = 3', /is 3;/, () => rsaSpki(soundModulus(2048), 3n)),
  ofKey('keyModulusNegative', 'a modulus without 00 in front', /negative/, () => rsaSpki(-(2n ** 2047n) - 1n)),
  ofKey('keyModulusEven', 'an even modulus', /even/, () => rsaSpki(2n ** 2047n)),
  ofKey('keyModulusWeak', 'a modulus divided by 1999', /1999 divides/, () => rsaSpki(1999n * soundModulus(2048))),
  ofKey('keyPrimesClose', 'primes that are close', /Fermat/, () => rsaSpki(modulusOfPrimesApart(2n ** 500n))),
  ofKey('keyCurveNotAllowed', 'secp256k1', /secp256k1/, () =>
    spkiOf(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey),
  ),
  ofKey('keyCurveExplicit', 'P-256 spelt out', /spells out/, () =>
    spkiOf(generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' }).publicKey),
  ),
  ofKey('keyCurveMissing', 'implicitCurve', /does not name/, () => ec(der.null(), somePoint)),
  ofKey('keyPointInvalid', 'a point off its curve', /not a point of its curve/, () =>
    ec(p256, changed(somePoint, 64, (somePoint[64] ?? 0) ^ 1)),
  ),
  ofKey('keyPointAtInfinity', 'the point at infinity', /infinity/, () => ec(p256, Uint8Array.of(0))),
  ofKey('keyPointCompressed', 'a compressed point', /compressed/, () =>
    ec(p256, Uint8Array.of(2 + ((somePoint[64] ?? 0) & 1), ...somePoint.subarray(1, 33))),
  ),
  ofKey('keyPointHybrid', 'a hybrid point', /hybrid/, () =>
    ec(p256, changed(somePoint, 0, 6 + ((somePoint[64] ?? 0) & 1))),
  ),
  ofKey('keyPointSmallOrder', 'a point of order 4', /small order/, () =>
    spki(rfc8410['id-Ed25519'], new Uint8Array(32)),
  ),
  ofKey('keyPrivateKeyTrivial', 'the generator, whose private key is 1', /1 to 16/, () => ec(p256, pointOf('01'))),
  ofKey('keyPublished', 'testECCP256 of RFC 9500', /RFC 9500/, () =>
    ec(p256, pointOf('e6cb5bdd80aa45ae9c95e8c15476679ffec953c16851e711e743939589c64fc1')),
  ),
  ofKey('keyKnownWeak', 'the fingerprint of ROCA', /ROCA/, () => rsaSpki(rocaModulus())),
  ofKey('keyDebianWeak', 'process 10000 of Debian 4.0', /CVE-2008-0166/, () => {
    const modulus = debianWeakModulus({ processId: 10_000, architecture: 'amd64', randomFile: 'read' });
    return rsaSpki(BigInt(`0x${toHex(modulus)}`));
  }),
  enrolling('keyAlgorithmNotAllowed', 'P-256 where the profile takes P-384', /takes ec-p384/, () => craftRequest(), {
    rules: { keyAlgorithms: ['ec-p384'] },
  }),
  enrolling('keyOfAnotherDevice', 'a key of somebody else', /somebody else/, () => craftRequest(), {
    facts: { key: { compromised: false, blocked: false, holders: ['device-0001'], firstCertifiedAt: undefined } },
  }),
  enrolling('keyBlocked', 'a compromised key', /compromised/, () => craftRequest(), {
    facts: { key: { compromised: true, blocked: false, holders: [], firstCertifiedAt: undefined } },
  }),
  enrolling('keyBlockedByOperator', 'a key of the blocklist', /blocked by the operator/, () => craftRequest(), {
    facts: { key: { compromised: false, blocked: true, holders: [], firstCertifiedAt: undefined } },
  }),
];
