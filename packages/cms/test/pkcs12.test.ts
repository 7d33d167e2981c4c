/** PKCS #12 files: opened by openssl, by Node and by PKI.js, and by nobody without the password. */
import { spawnSync } from 'node:child_process';
import { randomBytes, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PFX } from 'pkijs';
import { createTestAuthority } from '@touchmark/testkit';
import type { TestAuthority, TestLeaf } from '@touchmark/testkit';
import { encodePkcs12 } from '../src/index.ts';
import { deriveMacKey } from '../src/pkcs12-kdf.ts';

const password = 'Grüße vom Prüfstand 7';
const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

let directory: string;
let authority: TestAuthority;
let person: TestLeaf;
let file: Uint8Array;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'touchmark-pkcs12-'));
  authority = await createTestAuthority();
  person = await authority.issue({ subject: [{ attribute: 'commonName', value: 'Ada Lovelace' }] });
  file = await encodePkcs12(contentOf(person), password, random);
  writeFileSync(join(directory, 'ada.p12'), file);
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

function contentOf(leaf: TestLeaf) {
  return {
    privateKeyDer: new Uint8Array(leaf.privateKey.export({ format: 'der', type: 'pkcs8' })),
    certificateDer: leaf.certificateDer,
    issuersDer: authority.chainDer,
    friendlyName: 'Ada Lovelace',
  };
}

function openssl(pass: string, ...args: string[]): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync('openssl', ['pkcs12', '-in', 'ada.p12', '-passin', 'stdin', ...args], {
    cwd: directory,
    input: `${pass}\n`,
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
  return { status, output: `${stdout}${stderr}` };
}

describe('encodePkcs12', () => {
  it('openssl opens it: the key, the certificate and its issuers', () => {
    const { status, output } = openssl(password, '-noenc');
    expect(status).toBe(0);
    expect(output.match(/-----BEGIN [A-Z ]+-----/g)).toEqual([
      ...Array.from({ length: 3 }, () => '-----BEGIN CERTIFICATE-----'),
      '-----BEGIN PRIVATE KEY-----',
    ]);
    expect(output).toContain(person.privateKeyPem.trim());
    expect(output).toContain('friendlyName: Ada Lovelace');
  });

  it('uses PBES2 with AES-256 and HMAC-SHA-256, and nothing older', () => {
    const { output } = openssl(password, '-info', '-noout');
    expect(output).toMatch(/MAC: sha256, Iteration 100000/);
    expect(output.match(/PBES2, PBKDF2, AES-256-CBC, Iteration 600000, PRF hmacWithSHA256/g)).toHaveLength(2);
    expect(output).not.toMatch(/RC2|3DES|DES-EDE|SHA1/i);
  });

  it('a wrong password opens nothing', () => {
    const { status, output } = openssl('Grüße vom Prüfstand 8', '-noenc');
    expect(status).toBe(1);
    expect(output).toContain('invalid password');
    expect(() => createSecureContext({ pfx: Buffer.from(file), passphrase: 'something else' })).toThrow(/mac verify/);
  });

  it('a changed octet is noticed', () => {
    const changed = Buffer.from(file);
    changed[200] = (changed[200] ?? 0) ^ 1;
    expect(() => createSecureContext({ pfx: changed, passphrase: password })).toThrow(/mac verify/);
  });

  it('Node takes it for TLS', () => {
    expect(() => createSecureContext({ pfx: Buffer.from(file), passphrase: password })).not.toThrow();
  });

  it('PKI.js reads the same structure and finds no plain key in it', () => {
    const pfx = PFX.fromBER(Uint8Array.from(file).buffer);
    expect([pfx.version, pfx.macData?.mac.digestAlgorithm.algorithmId]).toEqual([3, '2.16.840.1.101.3.4.2.1']);
    const { privateKeyDer, certificateDer } = contentOf(person);
    expect(Buffer.from(file).includes(Buffer.from(privateKeyDer))).toBe(false);
    expect(Buffer.from(file).includes(Buffer.from(certificateDer))).toBe(false);
    expect(new X509Certificate(certificateDer).checkPrivateKey(person.privateKey)).toBe(true);
  });

  it('two files of the same content differ: salts are fresh', async () => {
    expect(await encodePkcs12(contentOf(person), password, random)).not.toEqual(file);
  });

  it('refuses to write a file without a password', async () => {
    await expect(encodePkcs12(contentOf(person), '', random)).rejects.toThrow(RangeError);
  });
});

it('RFC 7292 appendix B.2: a long password and salt fill several blocks', () => {
  const key = deriveMacKey('x'.repeat(100), random(100), 3);
  expect(key).toHaveLength(32);
  expect(deriveMacKey('x'.repeat(100), new Uint8Array(100), 3)).not.toEqual(key);
});
