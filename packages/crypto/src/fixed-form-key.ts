/** Keys whose SubjectPublicKeyInfo has one form: a fixed head and a body of fixed length. */
import { der, rfc5480, rfc8410, rfc9881 } from '@touchmark/asn1';
import { checkEd25519Point } from './ed25519-point.ts';
import type { KeyAlgorithmName } from './key-algorithm.ts';
import { checkNotTrivial } from './trivial-ec-key.ts';

export interface FixedForm {
  readonly keyAlgorithm: KeyAlgorithmName;
  /** Of the field for curves, of the encoded key for ML-DSA. */
  readonly bits: number;
  /** Everything before the key's own octets. */
  readonly head: Uint8Array;
  readonly totalLength: number;
  /** What loading the key does not check; throws KeyPolicyError. */
  readonly check?: (body: Uint8Array) => void;
}

/** RFC 5480 §2.2: the octet before an uncompressed point. */
export const uncompressedPoint = 0x04;

/**
 * RFC 5480 §2.1.1: a named curve. §2.2 allows compressed points too, but they are seldom sent and not every relying party
 * reads them, so that a certificate for one would fail in the field: only the uncompressed form is accepted.
 */
function ecForm(keyAlgorithm: KeyAlgorithmName, curveOid: string, opensslName: string, bits: number): FixedForm {
  const algorithm = der.sequence(der.oid(rfc5480['id-ecPublicKey']), der.oid(curveOid));
  return {
    ...fixedForm(keyAlgorithm, bits, algorithm, Uint8Array.of(uncompressedPoint), 2 * Math.ceil(bits / 8)),
    check: (coordinates) => checkNotTrivial(opensslName, coordinates),
  };
}

function fixedForm(
  keyAlgorithm: KeyAlgorithmName,
  bits: number,
  algorithm: Uint8Array,
  start: Uint8Array,
  bodyLength: number,
): FixedForm {
  const key = new Uint8Array(start.length + bodyLength);
  key.set(start);
  const whole = der.sequence(algorithm, der.bitString(key));
  return { keyAlgorithm, bits, head: whole.slice(0, whole.length - bodyLength), totalLength: whole.length };
}

const nothing = new Uint8Array();

/** RFC 9881 §2 and FIPS 204 table 2; every octet string of the right length is a key. */
function mlDsaForm(keyAlgorithm: KeyAlgorithmName, oid: string, octets: number): FixedForm {
  return fixedForm(keyAlgorithm, octets * 8, der.sequence(der.oid(oid)), nothing, octets);
}

const forms: readonly FixedForm[] = [
  ecForm('ec-p256', rfc5480.secp256r1, 'prime256v1', 256),
  ecForm('ec-p384', rfc5480.secp384r1, 'secp384r1', 384),
  ecForm('ec-p521', rfc5480.secp521r1, 'secp521r1', 521),
  // RFC 8410 §3: parameters are absent.
  {
    ...fixedForm('ed25519', 256, der.sequence(der.oid(rfc8410['id-Ed25519'])), nothing, 32),
    check: checkEd25519Point,
  },
  mlDsaForm('ml-dsa-44', rfc9881['id-ml-dsa-44'], 1312),
  mlDsaForm('ml-dsa-65', rfc9881['id-ml-dsa-65'], 1952),
  mlDsaForm('ml-dsa-87', rfc9881['id-ml-dsa-87'], 2592),
];

const byLength: ReadonlyMap<number, FixedForm> = new Map(forms.map((form) => [form.totalLength, form]));

/** The form that these octets have. All lengths differ, so that one comparison decides. */
export function findFixedForm(spkiDer: Uint8Array): FixedForm | undefined {
  const form = byLength.get(spkiDer.length);
  return form !== undefined && startsWith(spkiDer, form.head) ? form : undefined;
}

function startsWith(bytes: Uint8Array, head: Uint8Array): boolean {
  for (let index = 0; index < head.length; index += 1) if (bytes[index] !== head[index]) return false;
  return true;
}
