/** A certificate with an RSA key, that signs and is encrypted for; and the same in files, for openssl. */
import { execFileSync } from 'node:child_process';
import { constants, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestAuthority } from '@touchmark/testkit';
import type { Certificate } from '@touchmark/x509';
import type { SignAttributes } from '../../src/index.ts';

export interface RsaHolder {
  readonly certificate: Certificate;
  readonly certificateDer: Uint8Array;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly signAttributes: SignAttributes;
  /** Runs openssl in a folder with `certificate.pem`, `key.pem` and the files given; returns what it writes to `out`. */
  openssl(args: readonly string[], files: Readonly<Record<string, Uint8Array>>): Uint8Array;
}

export async function createRsaHolder(): Promise<RsaHolder> {
  const authority = await createTestAuthority();
  const leaf = await authority.issue({ keyAlgorithm: 'rsa-2048' });
  return {
    certificate: leaf.certificate,
    certificateDer: leaf.certificateDer,
    privateKey: leaf.privateKey,
    publicKey: leaf.publicKey,
    signAttributes: async (digest, data) =>
      new Uint8Array(sign(digest, data, { key: leaf.privateKey, padding: constants.RSA_PKCS1_PADDING })),
    openssl(args, files) {
      const directory = mkdtempSync(join(tmpdir(), 'touchmark-cms-'));
      try {
        const all = { 'certificate.pem': leaf.certificatePem, 'key.pem': leaf.privateKeyPem, ...files };
        for (const [name, content] of Object.entries(all))
          writeFileSync(join(directory, name), content, { mode: 0o600 });
        execFileSync('openssl', [...args], { cwd: directory, stdio: 'pipe' });
        return new Uint8Array(readFileSync(join(directory, 'out')));
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    },
  };
}
