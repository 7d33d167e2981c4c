/** Damaged keys: whatever was done to them, the answer is a refusal or a key that encodes to the same octets. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { toHex } from '@touchmark/asn1';
import { createSoftwareSigner, generateKeyPair, KeyPolicyError, parsePublicKey } from '../src/index.ts';
import type { KeyAlgorithmName } from '../src/index.ts';

const names: readonly KeyAlgorithmName[] = ['ec-p256', 'ec-p384', 'ec-p521', 'rsa-2048', 'ed25519', 'ml-dsa-44'];

const keys = new Map(
  await Promise.all(
    names.map(async (name) => {
      const { privateKey } = await generateKeyPair(name);
      return [name, createSoftwareSigner(privateKey).subjectPublicKeyInfoDer] as const;
    }),
  ),
);

/** True when accepted. */
function isAcceptedUnchanged(bytes: Uint8Array): boolean {
  try {
    const { keyObject } = parsePublicKey(bytes);
    expect(keyObject.export({ format: 'der', type: 'spki' }).toString('hex')).toBe(toHex(bytes));
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(KeyPolicyError);
    return false;
  }
}

describe.each([...keys])('%s', (_name, spkiDer) => {
  it('is refused when cut off at any octet', () => {
    for (let length = 0; length < spkiDer.length; length += 1) {
      expect(isAcceptedUnchanged(spkiDer.subarray(0, length))).toBe(false);
    }
  });

  it('is refused, or encodes to itself, with any bit of the first 60 octets flipped', () => {
    for (let bit = 0; bit < 8 * Math.min(60, spkiDer.length); bit += 1) {
      isAcceptedUnchanged(spkiDer.map((octet, index) => (index === bit >> 3 ? octet ^ (1 << (bit & 7)) : octet)));
    }
  });

  it('is refused, or encodes to itself, with octets replaced, dropped or doubled', () => {
    const edit = fc.record({
      at: fc.nat({ max: spkiDer.length - 1 }),
      drop: fc.nat({ max: 3 }),
      insert: fc.uint8Array({ maxLength: 3 }),
    });
    fc.assert(
      fc.property(edit, ({ at, drop, insert }) => {
        isAcceptedUnchanged(Uint8Array.of(...spkiDer.subarray(0, at), ...insert, ...spkiDer.subarray(at + drop)));
      }),
      { numRuns: 200 },
    );
  });
});

describe('random octets', () => {
  it('are refused', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => !isAcceptedUnchanged(bytes)));
  });
});
