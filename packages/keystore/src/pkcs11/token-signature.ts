/** How a token signs by the table of signature algorithms: it gets a digest, and its raw ECDSA values become DER. */
import { hash } from 'node:crypto';
import { der, rfc8017 } from '@touchmark/asn1';
import type { DigestName, SignatureAlgorithm } from '@touchmark/crypto';
import type { SignatureMechanism } from './token-commands.ts';

export interface TokenSignature {
  readonly mechanism: SignatureMechanism;
  /** What the token is given for the data to be signed. */
  readonly input: (data: Uint8Array) => Uint8Array;
  /** What goes into the BIT STRING. */
  readonly output: (raw: Uint8Array) => Uint8Array;
}

/**
 * Undefined for algorithms of other keys than RSA and EC.
 *
 * @param orderOctets of the curve, for EC keys
 */
export function tokenSignature(algorithm: SignatureAlgorithm, orderOctets: number): TokenSignature | undefined {
  const { digest, keyKind, saltLength } = algorithm;
  if (digest === null) return undefined;
  const digestOf = (data: Uint8Array): Uint8Array => new Uint8Array(hash(digest, data, 'buffer'));
  switch (keyKind) {
    case 'rsa':
      return saltLength === undefined
        ? { mechanism: { kind: 'rsaPkcs1' }, input: (data) => digestInfo(digest, digestOf(data)), output: unchanged }
        : { mechanism: { kind: 'rsaPss', digest }, input: digestOf, output: unchanged };
    case 'ec':
      return {
        mechanism: { kind: 'ecdsa' },
        // FIPS 186-5 §6.4.1: the leftmost bits of a digest that is longer than the order; not every module cuts by itself.
        input: (data) => digestOf(data).subarray(0, orderOctets),
        output: (raw) => ecdsaSigValue(raw),
      };
    case 'ed25519':
    case 'ml-dsa':
      return undefined;
  }
}

/** Ecdsa-Sig-Value ::= SEQUENCE { r INTEGER, s INTEGER } (RFC 3279 §2.2.3), from r and s of equal length. */
export function ecdsaSigValue(raw: Uint8Array): Uint8Array {
  if (raw.length === 0 || raw.length % 2 !== 0)
    throw new RangeError(`An ECDSA signature of ${raw.length} octets has no halves.`);
  const half = raw.length / 2;
  return der.sequence(integerOf(raw.subarray(0, half)), integerOf(raw.subarray(half)));
}

function integerOf(octets: Uint8Array): Uint8Array {
  return der.integer(BigInt(`0x${Buffer.from(octets).toString('hex')}`));
}

/** RFC 8017 §9.2 */
function digestInfo(name: DigestName, digest: Uint8Array): Uint8Array {
  return der.sequence(der.sequence(der.oid(rfc8017[`id-${name}`]), der.null()), der.octetString(digest));
}

function unchanged(raw: Uint8Array): Uint8Array {
  return raw;
}
