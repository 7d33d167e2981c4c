/** Ed25519 public keys: RFC 8032 §5.1.3, and points that give no security. */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { fromHex, toHex } from '@touchmark/asn1';
import { checkEd25519Point } from '../src/ed25519-point.ts';
import { power } from './weak-rsa-key.ts';

const p = 2n ** 255n - 19n;
const d = (((-121_665n * power(121_666n, p - 2n, p)) % p) + p) % p;

const encode = (y: bigint, sign = 0): Uint8Array => {
  const octets = fromHex(y.toString(16).padStart(64, '0')).reverse();
  octets[31] = (octets[31] ?? 0) | (sign << 7);
  return octets;
};

/** By Euler's criterion, the slow way. */
const isOnCurve = (y: bigint): boolean => {
  const u = (y * y - 1n) % p;
  const v = (d * y * y + 1n) % p;
  const xSquared = (((u * power(v, p - 2n, p)) % p) + p) % p;
  return xSquared === 0n || power(xSquared, (p - 1n) / 2n, p) === 1n;
};

const accepted = (encoded: Uint8Array): boolean => {
  try {
    checkEd25519Point(encoded);
    return true;
  } catch {
    return false;
  }
};

describe('checkEd25519Point', () => {
  it('accepts keys that Node makes', () => {
    for (let count = 0; count < 50; count += 1) {
      const { publicKey } = generateKeyPairSync('ed25519');
      const encoded = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
      expect({ key: toHex(encoded), accepted: accepted(encoded) }).toEqual({ key: toHex(encoded), accepted: true });
    }
  });

  it('accepts the key of RFC 8032 §7.1 test 1', () => {
    expect(accepted(fromHex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'))).toBe(true);
  });

  it('agrees with Euler’s criterion on which y have a point', () => {
    const verdicts = new Set<boolean>();
    for (let y = 2n; y < 60n; y += 1n) {
      verdicts.add(isOnCurve(y));
      expect({ y, accepted: accepted(encode(y)) }).toEqual({ y, accepted: isOnCurve(y) });
    }
    expect(verdicts.size).toBe(2);
  });

  it('refuses y that is not below 2^255 - 19', () => {
    for (let y = p; y < 2n ** 255n; y += 1n) expect(() => checkEd25519Point(encode(y))).toThrow(/not below/);
  });

  describe('small order', () => {
    // Doubling has y' = (y² + x²) / (1 - d·x²·y²); points of order 8 double to y = 0, of order 4 to y = -1.
    const orderEight = [
      0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
      0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n,
    ];

    it.each(orderEight)('the order of y = %d is 8', (y) => {
      const ySquared = (y * y) % p;
      const xSquared = ((ySquared - 1n) * power(d * ySquared + 1n, p - 2n, p)) % p;
      expect((xSquared + ySquared) % p).toBe(0n);
    });

    it.each([0n, 1n, p - 1n, ...orderEight])('refuses y = %d with either sign', (y) => {
      expect(() => checkEd25519Point(encode(y, 0))).toThrow(/small order/);
      expect(() => checkEd25519Point(encode(y, 1))).toThrow(/small order/);
    });
  });
});
