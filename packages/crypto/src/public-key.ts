/** The key policy: the only gate for public keys from outside, since Node and OpenSSL accept far more than is safe. */
import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { encodePem, rfc8017 } from '@touchmark/asn1';
import { findFixedForm } from './fixed-form-key.ts';
import type { FixedForm } from './fixed-form-key.ts';
import { keyKindOf, rsaKeyAlgorithm } from './key-algorithm.ts';
import type { KeyAlgorithmName, KeyKind } from './key-algorithm.ts';
import { KeyPolicyError } from './key-policy-error.ts';
import { checkNotPublished } from './published-key.ts';
import { checkRsaPublicKey } from './rsa-public-key.ts';
import { parseSubjectPublicKeyInfo } from './subject-public-key-info.ts';
import { explainUnacceptableKey } from './unacceptable-key.ts';

/** A public key that the key policy accepts. */
export interface PublicKey {
  readonly keyObject: KeyObject;
  /** `rsa-other` only above 4096 bits, where the limit was raised. */
  readonly keyAlgorithm: KeyAlgorithmName | 'rsa-other';
  readonly kind: KeyKind;
  /** Of the RSA modulus, of the curve's field, or of the encoded ML-DSA key. */
  readonly bits: number;
  readonly subjectPublicKeyInfoDer: Uint8Array;
}

export interface KeyPolicyOptions {
  /** The largest RSA modulus, 2048 to 8192; 4096 unless told otherwise. */
  readonly maximumRsaBits?: number;
}

const defaultMaximumRsaBits = 4096;
const highestMaximumRsaBits = 8192;

/** Enough for ML-DSA-87 and for RSA of any size that somebody might send in earnest. */
const longestKey = 4096;

/**
 * Parses a SubjectPublicKeyInfo and applies the whole key policy: what it returns is safe to certify as far as the key
 * itself can tell.
 *
 * @throws KeyPolicyError with the reason
 */
export function parsePublicKey(spkiDer: Uint8Array, options: KeyPolicyOptions = {}): PublicKey {
  const maximumRsaBits = options.maximumRsaBits ?? defaultMaximumRsaBits;
  if (!(maximumRsaBits >= 2048 && maximumRsaBits <= highestMaximumRsaBits)) {
    throw new RangeError(
      `The limit for RSA keys must be 2048 to ${highestMaximumRsaBits} bits, not ${maximumRsaBits}.`,
    );
  }
  if (spkiDer.length > longestKey) {
    throw new KeyPolicyError(
      'keyTooLarge',
      `The public key has ${spkiDer.length} octets; ${longestKey} are the limit.`,
    );
  }
  const octets = Buffer.from(spkiDer.buffer, spkiDer.byteOffset, spkiDer.byteLength).toString('latin1');
  const known = accepted.get(octets);
  if (known !== undefined && !(known.kind === 'rsa' && known.bits > maximumRsaBits)) {
    return { ...known, subjectPublicKeyInfoDer: spkiDer };
  }
  const form = findFixedForm(spkiDer);
  const publicKey = form === undefined ? parseVariableKey(spkiDer, maximumRsaBits) : parseFixedKey(spkiDer, form);
  checkNotPublished(spkiDer);
  remember(octets, publicKey);
  return publicKey;
}

/**
 * Keys that were accepted a moment ago, by their octets: over SCEP the key of a request signs the message around it. Without
 * the octets that they were read from, which may be a window on something large.
 */
const accepted = new Map<string, Omit<PublicKey, 'subjectPublicKeyInfoDer'>>();
/** More than are under way at a time. */
const maxAccepted = 256;

function remember(octets: string, { keyObject, keyAlgorithm, kind, bits }: PublicKey): void {
  if (accepted.size >= maxAccepted) {
    for (const oldest of accepted.keys()) {
      accepted.delete(oldest);
      break;
    }
  }
  accepted.set(octets, { keyObject, keyAlgorithm, kind, bits });
}

/** The hot path: the octets before the key have been compared, so that only the key itself is left to check. */
function parseFixedKey(spkiDer: Uint8Array, form: FixedForm): PublicKey {
  form.check?.(spkiDer.subarray(form.head.length));
  const kind = keyKindOf(form.keyAlgorithm);
  return {
    keyObject: loadKey(spkiDer, kind),
    keyAlgorithm: form.keyAlgorithm,
    kind,
    bits: form.bits,
    subjectPublicKeyInfoDer: spkiDer,
  };
}

function parseVariableKey(spkiDer: Uint8Array, maximumRsaBits: number): PublicKey {
  const info = parseSubjectPublicKeyInfo(spkiDer);
  if (info.algorithmOid !== rfc8017.rsaEncryption) throw explainUnacceptableKey(info);
  const bits = checkRsaPublicKey(info, maximumRsaBits);
  return {
    keyObject: loadKey(spkiDer, 'rsa'),
    keyAlgorithm: rsaKeyAlgorithm(bits),
    kind: 'rsa',
    bits,
    subjectPublicKeyInfoDer: spkiDer,
  };
}

/**
 * From PEM, which takes a third of the time of DER: Node finds out that an object with a Buffer in it is no KeyObject and
 * no CryptoKey by four exceptions, and a string spares it the question (`pnpm bench issue`).
 */
function loadKey(spkiDer: Uint8Array, kind: KeyKind): KeyObject {
  try {
    return createPublicKey(encodePem('PUBLIC KEY', spkiDer));
  } catch (error) {
    if (kind === 'ec') {
      throw new KeyPolicyError('keyPointInvalid', 'The EC key is not a point of its curve. Make a new key.', {
        cause: error,
      });
    }
    throw new KeyPolicyError('keyMalformed', 'The public key cannot be loaded. Export it again, or make a new key.', {
      cause: error,
    });
  }
}
