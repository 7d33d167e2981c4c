/** The list of the keys of CVE-2008-0166, held against keys that are made again and against sound ones. */
import { randomInt } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { generateKeyPair, isDebianWeakKey } from '@touchmark/crypto';
import { debianWeakModulus } from '@touchmark/testkit';
import type { DebianProcess } from '@touchmark/testkit';

const architectures = ['amd64', 'i386'] as const;
const randomFiles = ['read', 'unreadable', 'missing'] as const;
const processes: DebianProcess[] = architectures.flatMap((architecture) =>
  randomFiles.map((randomFile) => ({ processId: randomInt(1, 32_768), architecture, randomFile })),
);

describe('the list of Debian weak keys', () => {
  it.each(processes)('has the key of process $processId, $architecture, random file $randomFile', (made) => {
    expect(isDebianWeakKey(debianWeakModulus(made))).toBe(true);
  });

  it('has no key that is made today', async () => {
    const { publicKey } = await generateKeyPair('rsa-2048');
    const { n = '' } = publicKey.export({ format: 'jwk' });
    expect(isDebianWeakKey(new Uint8Array(Buffer.from(n, 'base64url')))).toBe(false);
  });
});
