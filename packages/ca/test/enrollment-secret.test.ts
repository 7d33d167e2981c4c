import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { newEnrollmentSecret, secretIdOf, secretMatches } from '../src/enrollment-secret.ts';
import type { EnrollmentSecret } from '../src/model.ts';

const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

function stored(secretSha256: Uint8Array): EnrollmentSecret {
  const at = new Date(0);
  return {
    id: 'aaaaaaaa',
    endpointLabel: 'factory',
    secretSha256,
    deviceId: undefined,
    maxUses: 1,
    uses: 0,
    createdAt: at,
    expiresAt: at,
    revokedAt: undefined,
    lockedUntil: undefined,
  };
}

describe('enrollment secrets', () => {
  it('have a public id and 160 random bits in base32', () => {
    const { id, secret } = newEnrollmentSecret(random);
    expect(secret).toMatch(/^[a-z2-7]{8}-[a-z2-7]{32}$/);
    expect(secretIdOf(secret)).toBe(id);
  });

  it('encode as RFC 4648 base32 does', () => {
    const { id, secret } = newEnrollmentSecret((length) =>
      new TextEncoder().encode('foobar'.repeat(4)).slice(0, length),
    );
    // "fooba" and the first 20 octets of "foobarfoobar…", from RFC 4648 §10: MZXW6YTB is "fooba".
    expect(id).toBe('mzxw6ytb');
    expect(secret.split('-')[1]?.startsWith('mzxw6ytb')).toBe(true);
  });

  it('match in upper case too, and only as a whole', () => {
    const { secret, secretSha256 } = newEnrollmentSecret(random);
    const record = stored(secretSha256);
    expect(secretMatches(record, secret)).toBe(true);
    expect(secretMatches(record, secret.toUpperCase())).toBe(true);
    expect(secretMatches(record, secret.slice(0, -1))).toBe(false);
    const other = secret.endsWith('a') ? 'b' : 'a';
    expect(secretMatches(record, secret.slice(0, -1) + other)).toBe(false);
  });

  it.each([
    '',
    'password',
    'abc-def',
    `aaaaaaaa-${'a'.repeat(31)}`,
    `aaaaaaa1-${'a'.repeat(32)}`,
    `aaaaaaaa ${'a'.repeat(32)}`,
  ])('do not look like %j', (text) => {
    expect(secretIdOf(text)).toBeUndefined();
  });
});
