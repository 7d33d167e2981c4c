/** Challenges that are computed from the id of a device: a plant makes them offline, and each fits one device alone. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { sha256 } from '@touchmark/crypto';
import { base32 } from './base32.ts';

const context = 'touchmark challenge 1';

/**
 * The first 160 bits of HMAC-SHA-256 over the context, the label and the id of the device, with line feeds between them, in
 * base32: 32 characters. A label has no line feed in it, so that no two pairs of label and id give the same octets.
 *
 * @param key of the endpoint, 32 octets or more
 */
export function deriveChallenge(key: Uint8Array, endpointLabel: string, deviceId: string): string {
  const mac = createHmac('sha256', key).update(`${context}\n${endpointLabel}\n${deviceId}`).digest();
  return base32(mac.subarray(0, 20));
}

/** In constant time, whatever the length of what is presented. Case does not matter: it may have been typed. */
export function challengeMatches(challenge: string, presented: string): boolean {
  const digest = (text: string): Uint8Array => sha256(new TextEncoder().encode(text));
  return timingSafeEqual(digest(challenge), digest(presented.toLowerCase()));
}
