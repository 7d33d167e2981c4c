/** EC keys whose private key is one of the numbers that anybody tries first, as a generator without entropy makes them. */
import { createECDH } from 'node:crypto';
import { toHex } from '@touchmark/asn1';
import { KeyPolicyError } from './key-policy-error.ts';

const highest = 16;

const byCurve = new Map<string, ReadonlySet<string>>();

/**
 * Looks at the x coordinate alone, so that the negatives are found as well: d and n - d have the same.
 *
 * @param curve as OpenSSL calls it
 * @param coordinates x and y, without the octet of the form
 * @throws KeyPolicyError `keyPrivateKeyTrivial`
 */
export function checkNotTrivial(curve: string, coordinates: Uint8Array): void {
  let trivial = byCurve.get(curve);
  if (trivial === undefined) {
    trivial = new Set(Array.from({ length: highest }, (_, index) => toHex(xOf(curve, index + 1))));
    byCurve.set(curve, trivial);
  }
  if (!trivial.has(toHex(coordinates.subarray(0, coordinates.length / 2)))) return;
  throw new KeyPolicyError(
    'keyPrivateKeyTrivial',
    `The private key of this EC key is a number from 1 to ${highest}, or its negative: anybody finds it. The generator of the device gives no random numbers; mend it and make a new key.`,
  );
}

function xOf(curve: string, scalar: number): Uint8Array {
  const ecdh = createECDH(curve);
  ecdh.setPrivateKey(Uint8Array.of(scalar));
  const point = ecdh.getPublicKey();
  return point.subarray(1, 1 + (point.length - 1) / 2);
}
