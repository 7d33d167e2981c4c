/** Key pairs shared by the tests of one process, since making RSA keys takes up to seconds. */
import { generateKeyPair } from '@touchmark/crypto';
import type { KeyAlgorithmName, KeyPair } from '@touchmark/crypto';

const pairs = new Map<string, Promise<KeyPair>>();

/**
 * A key pair of that algorithm; the same one for the same arguments.
 *
 * @param which tells apart keys of one algorithm
 */
export function testKeyPair(keyAlgorithm: KeyAlgorithmName = 'ec-p256', which = 'first'): Promise<KeyPair> {
  const name = `${keyAlgorithm} ${which}`;
  const pair = pairs.get(name) ?? generateKeyPair(keyAlgorithm);
  pairs.set(name, pair);
  return pair;
}
