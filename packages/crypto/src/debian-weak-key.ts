/**
 * The RSA keys of CVE-2008-0166: OpenSSL as Debian shipped it from September 2006 to May 2008 made one of some ten thousand
 * keys of each size.
 */
import { readFileSync } from 'node:fs';
import { sha256 } from './digest.ts';

/** Octets of a SHA-256 that are kept: enough that a sound key meets one of them with a probability below 2^-46. */
const kept = 8;

let list: DataView | undefined;

/** The first octets of the SHA-256 of each modulus, big-endian without leading zeros, sorted. */
function load(): DataView {
  const bytes = readFileSync(new URL('../data/debian-weak-rsa.bin', import.meta.url));
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength - (bytes.byteLength % kept));
}

/** @param modulus big-endian, without leading zeros */
export function isDebianWeakKey(modulus: Uint8Array): boolean {
  list ??= load();
  const digest = sha256(modulus);
  const wanted = new DataView(digest.buffer, digest.byteOffset).getBigUint64(0);
  let [low, high] = [0, list.byteLength / kept];
  while (low < high) {
    const middle = (low + high) >> 1;
    const found = list.getBigUint64(middle * kept);
    if (found === wanted) return true;
    if (found < wanted) low = middle + 1;
    else high = middle;
  }
  return false;
}
