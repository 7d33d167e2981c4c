/** The vectors that docs/challenges.md gives to plants: they hold for ever, since devices carry what they were given. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { challengeMatches, deriveChallenge } from '../src/index.ts';

const key = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const counting = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';

describe('a derived challenge', () => {
  it.each([
    [counting, 'factory', 'device-0042', 'f2k2nqve45d2yzovgzvudcjpgbebtpxf'],
    [counting, 'factory', 'device-0043', 't4l6raneif2rczzp6hidiotvqo4szpte'],
    [counting, 'lab', 'device-0042', 'elcserabun5tgyzc3vtj6tttkftv5nw3'],
    ['ff'.repeat(32), 'factory', 'SN:00-1B-44@line+7', 'jcgoishltaokjorvvwrbflhausy5ykva'],
    ['0b'.repeat(64), 'f', 'd', 'bq73e7i67mii3kcagomtytwxfe5c2swv'],
  ])('of key %s, label %s and device %s is %s', (hex, label, deviceId, challenge) => {
    expect(deriveChallenge(key(hex), label, deviceId)).toBe(challenge);
  });

  it('has 32 characters of base32, and is no enrollment secret by its form', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 64 }), fc.string(), (octets, deviceId) => {
        expect(deriveChallenge(octets, 'factory', deviceId)).toMatch(/^[a-z2-7]{32}$/);
      }),
    );
  });

  it('is another for every other label, device and key', () => {
    const made = ['a', 'b'].flatMap((label) =>
      ['1', '2', 'a'].flatMap((device) =>
        ['00', '01'].map((octet) => deriveChallenge(key(octet.repeat(32)), label, device)),
      ),
    );
    expect(new Set(made).size).toBe(made.length);
  });

  it('is taken in either case, and in no other spelling', () => {
    const challenge = deriveChallenge(key(counting), 'factory', 'device-0042');
    expect(challengeMatches(challenge, challenge)).toBe(true);
    expect(challengeMatches(challenge, challenge.toUpperCase())).toBe(true);
    for (const wrong of [
      '',
      challenge.slice(1),
      `${challenge} `,
      ` ${challenge}`,
      `${challenge}a`,
      'x'.repeat(100_000),
    ]) {
      expect(challengeMatches(challenge, wrong)).toBe(false);
    }
  });
});
