import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { encodePem, toHex } from '@touchmark/asn1';
import { sha256 } from '@touchmark/crypto';
import { createTestAuthority } from '@touchmark/testkit';
import type { TestAuthority } from '@touchmark/testkit';
import { createRa, startScepServer } from '../../../packages/client/test/support/scep-server.ts';
import type { Holder, TestScepServer } from '../../../packages/client/test/support/scep-server.ts';
import { runCli } from './support/cli.ts';
import type { Outcome } from './support/cli.ts';

let authority: TestAuthority;
let ra: Holder;
let fingerprint: string;
let server: TestScepServer;
let directory: string;
beforeAll(async () => {
  authority = await createTestAuthority();
  ra = await createRa(authority);
  fingerprint = toHex(sha256(authority.root.certificateDer));
});
beforeEach(async () => {
  server = await startScepServer(authority, ra);
  directory = mkdtempSync(join(tmpdir(), 'touchmark-scep-'));
});
afterEach(() => {
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

const at = (name: string): string => join(directory, name);
const text = (name: string): string => readFileSync(at(name), 'utf8');
/** Without a home and without a service. */
const scep = (...args: string[]): Promise<Outcome> => runCli(['scep', ...args], { cwd: directory });
const files = ['--key', 'pump.key', '--out', 'pump.pem'];
const enroll = (...args: string[]): Promise<Outcome> =>
  scep('enroll', server.url, '--fingerprint', fingerprint, '--cn', 'pump-17', ...files, ...args);
const challenge = (): string[] => {
  writeFileSync(at('challenge'), 'k7q2mzpa\n');
  return ['--challenge-file', 'challenge'];
};
const belongTogether = (certificate: string, key: string): boolean =>
  new X509Certificate(text(certificate)).checkPrivateKey(createPrivateKey(text(key)));

describe('scep caps', () => {
  it('lists what the server can do', async () => {
    server.caps = 'AES\r\nsha-256\r\n';
    expect((await scep('caps', server.url)).stdout).toBe('AES\nSHA-256\n');
    const { code, json } = await scep('caps', server.url, '-o', 'json');
    expect(code).toBe(0);
    expect(json).toEqual({ capabilities: ['AES', 'SHA-256'] });
  });

  it('nobody there has exit code 7, no URL 2', async () => {
    expect((await scep('caps', 'http://127.0.0.1:9/scep')).code).toBe(7);
    expect((await scep('caps', 'ca.example')).code).toBe(2);
  });
});

describe('scep cacert', () => {
  it('shows what is presented, and says that nothing is verified', async () => {
    const { code, json, stderr } = await scep('cacert', server.url, '-o', 'json');
    expect(code).toBe(0);
    expect(json).toMatchObject({
      verified: false,
      certificates: [{ role: null }, { role: null }, { role: null, fingerprintSha256: fingerprint }],
    });
    expect(stderr).toContain('Not verified');
  });

  it('with a fingerprint says who is what, and writes the CA certificates', async () => {
    const { code, json } = await scep(
      'cacert',
      server.url,
      '--fingerprint',
      fingerprint,
      '--out',
      'ca.pem',
      '-o',
      'json',
    );
    expect(code).toBe(0);
    expect(json).toMatchObject({ verified: true, certificates: [{ role: 'ra' }, { role: 'ca' }, { role: 'issuer' }] });
    expect(text('ca.pem')).toBe(authority.chainPem);
  });

  it('writes no file that is not verified', async () => {
    expect((await scep('cacert', server.url, '--out', 'ca.pem')).code).toBe(2);
    const wrong = await scep('cacert', server.url, '--fingerprint', '00'.repeat(32), '--out', 'ca.pem');
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain('Compare the fingerprint');
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe('scep enroll', () => {
  it('makes the key here, mode 0600, and writes the certificate with its issuer', async () => {
    const { code, json, stdout, stderr } = await enroll(...challenge(), '--san', 'dns:pump-17.example', '-o', 'json');
    expect(stderr).toContain('Certificate ');
    expect(code).toBe(0);
    expect(json).toMatchObject({ status: 'issued', subject: 'CN=pump-17', keyFile: at('pump.key') });
    expect(statSync(at('pump.key')).mode & 0o777).toBe(0o600);
    expect(belongTogether('pump.pem', 'pump.key')).toBe(true);
    expect(text('pump.pem').match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(new X509Certificate(text('pump.pem')).subjectAltName).toBe('DNS:pump-17.example');
    expect(stdout).not.toContain('PRIVATE KEY');
    expect(readdirSync(directory).sort()).toEqual(['challenge', 'pump.key', 'pump.pem']);
  });

  it('with the root in a file, a whole subject and a challenge on the command line', async () => {
    writeFileSync(at('root.pem'), encodePem('CERTIFICATE', authority.root.certificateDer));
    const names = ['--subject', 'CN=pump-17,O=Example', '--challenge', 'k7q2mzpa', '--key-algorithm', 'rsa-3072'];
    const { code } = await scep('enroll', server.url, '--roots', 'root.pem', ...names, ...files);
    expect(code).toBe(0);
    expect(createPrivateKey(text('pump.key')).asymmetricKeyDetails?.modulusLength).toBe(3072);
  });

  it('a refusal has exit code 6, says why, and leaves nothing behind', async () => {
    const { code, json, stderr } = await enroll('--challenge', 'wrong', '-o', 'json');
    expect(code).toBe(6);
    expect(json).toMatchObject({ status: 'refused', failInfo: 'badRequest', failInfoText: 'The challenge is wrong.' });
    expect(stderr).toContain('The challenge is wrong.');
    expect(readdirSync(directory)).toEqual([]);
  });

  it.each([
    ['no trust', ['--fingerprint', 'abc'], 2],
    ['an EC key', ['--key-algorithm', 'ec-p256'], 2],
    ['a CA that is another', ['--fingerprint', '00'.repeat(32)], 1],
  ])('%s: nothing is sent and nothing left behind', async (_, args, expected) => {
    expect((await enroll(...args)).code).toBe(expected);
    expect(readdirSync(directory)).toEqual([]);
    expect(server.calls.some(({ operation }) => operation === 'PKIOperation')).toBe(false);
  });

  it('without any trust says what to give', async () => {
    const { code, stderr } = await scep('enroll', server.url, '--cn', 'pump-17', ...files);
    expect(code).toBe(2);
    expect(stderr).toContain('--fingerprint');
  });

  it('replaces no file without being told to', async () => {
    writeFileSync(at('pump.key'), 'a key');
    const { code } = await enroll(...challenge());
    expect(code).toBe(5);
    expect(text('pump.key')).toBe('a key');
    expect(server.calls).toEqual([]);
    expect((await enroll(...challenge(), '--overwrite')).code).toBe(0);
    expect(belongTogether('pump.pem', 'pump.key')).toBe(true);
  });

  it('--reuse-key takes the key that is there', async () => {
    const { privateKeyPem } = await authority.issue({ keyAlgorithm: 'rsa-2048' });
    writeFileSync(at('pump.key'), privateKeyPem, { mode: 0o600 });
    expect((await enroll(...challenge(), '--reuse-key')).code).toBe(0);
    expect(text('pump.key')).toBe(privateKeyPem);
    expect(belongTogether('pump.pem', 'pump.key')).toBe(true);
    rmSync(at('pump.key'));
    rmSync(at('pump.pem'));
    expect((await enroll(...challenge(), '--reuse-key')).code).toBe(3);
    expect(readdirSync(directory)).toEqual(['challenge']);
  });

  it('a server that is not there, or is none of SCEP, leaves nothing behind', async () => {
    server.override = (_, response) => {
      response.writeHead(404).end();
      return 'taken';
    };
    expect((await enroll(...challenge())).code).not.toBe(0);
    expect(readdirSync(directory)).toEqual(['challenge']);
    server.override = undefined;
    expect((await enroll(...challenge())).code).toBe(0);
  });

  it('after a lost answer the same command sends the same request again', async () => {
    server.override = (operation, response) => {
      if (operation !== 'PKIOperation') return undefined;
      response.destroy();
      return 'taken';
    };
    const lost = await enroll(...challenge());
    expect(lost.code).toBe(7);
    expect(lost.stderr).toContain('The key stays in');
    const key = text('pump.key.new');
    server.override = undefined;
    expect((await enroll(...challenge())).code).toBe(0);
    expect(text('pump.key')).toBe(key);
    expect(readdirSync(directory).sort()).toEqual(['challenge', 'pump.key', 'pump.pem']);
  });

  it('what has come before a power cut is put in its place by the next call', async () => {
    server.holding = true;
    expect((await enroll(...challenge())).code).toBe(9);
    const transaction = JSON.parse(text('pump.key.scep.json')) as object;
    const key = text('pump.key.new');
    const chain = authority.chainPem;
    writeFileSync(at('pump.key.scep.json'), JSON.stringify({ ...transaction, issued: chain }));
    writeFileSync(at('pump.key'), key, { mode: 0o600 });
    const before = server.calls.length;
    expect((await enroll(...challenge())).code).toBe(0);
    expect(text('pump.pem')).toBe(chain);
    expect(server.calls).toHaveLength(before);
    expect(readdirSync(directory).sort()).toEqual(['challenge', 'pump.key', 'pump.pem']);
  });
});

describe('scep poll', () => {
  it('knows the transaction of a pending request, which is in a file of mode 0600 without the key', async () => {
    server.holding = true;
    const first = await enroll(...challenge(), '-o', 'json');
    expect(first).toMatchObject({ code: 9, stderr: '' });
    expect(first.json).toMatchObject({ status: 'pending', transactionFile: at('pump.key.scep.json') });
    expect(statSync(at('pump.key.scep.json')).mode & 0o777).toBe(0o600);
    expect(statSync(at('pump.key.new')).mode & 0o777).toBe(0o600);
    expect(text('pump.key.scep.json')).not.toMatch(/PRIVATE KEY|k7q2mzpa/);
    expect(existsSync(at('pump.key'))).toBe(false);

    expect((await scep('poll', 'pump.key')).code).toBe(9);
    server.holding = false;
    const last = await scep('poll', 'pump.key', '-o', 'json');
    expect(last.code).toBe(0);
    expect(last.json).toMatchObject({ status: 'issued', certificateFile: at('pump.pem') });
    expect(belongTogether('pump.pem', 'pump.key')).toBe(true);
    expect(readdirSync(directory).sort()).toEqual(['challenge', 'pump.key', 'pump.pem']);
    expect(server.calls.flatMap(({ message }) => message?.messageType ?? [])).toEqual(['19', '20', '20']);
  });

  it('says of what is pending how to ask again and, where the server is Touchmark, how it is approved', async () => {
    server.holding = true;
    server.fields = { 'Retry-After': '300', 'Touchmark-Attempt': '0195f3ab' };
    const { code, stdout, stderr } = await enroll(...challenge());
    expect({ code, stderr }).toEqual({ code: 9, stderr: '' });
    const key = toHex(sha256(createPublicKey(text('pump.key.new')).export({ format: 'der', type: 'spki' })));
    expect(stdout).toMatch(/^Status +pending$/m);
    expect(stdout).toMatch(/^Attempt +0195f3ab$/m);
    expect(stdout).toContain(`in 5 minutes: touchmark scep poll ${at('pump.key')}\n`);
    expect(stdout).toContain(`touchmark request approve ${key}\n`);

    server.fields = {};
    const { json } = await scep('poll', 'pump.key', '-o', 'json');
    const unsaid = { attemptId: null, retryAfterSeconds: null, approveCommand: null };
    expect(json).toMatchObject({ status: 'pending', url: server.url, publicKeySha256: key, ...unsaid });
    const pem = await scep('poll', 'pump.key', '-o', 'pem');
    expect(pem).toMatchObject({ code: 9, stdout: '', stderr: expect.stringContaining('is pending') });
  });

  it('nothing under way has exit code 3, another request for the same file 5', async () => {
    expect((await scep('poll', 'pump.key')).code).toBe(3);
    server.holding = true;
    await enroll(...challenge());
    const other = await scep(
      'enroll',
      `${server.url}/other`,
      '--fingerprint',
      fingerprint,
      '--cn',
      'pump-17',
      ...files,
    );
    expect(other.code).toBe(5);
    expect(other.stderr).toContain('touchmark scep poll');
  });

  it('a refusal ends the transaction', async () => {
    server.holding = true;
    await enroll(...challenge());
    server.alter = () => ({ pkiStatus: '2', failInfo: '2', failInfoText: 'Not this one.', content: undefined });
    expect((await scep('poll', 'pump.key')).code).toBe(6);
    expect(readdirSync(directory)).toEqual(['challenge']);
  });
});

describe('scep renew', () => {
  const renew = (...args: string[]): Promise<Outcome> =>
    scep('renew', server.url, '--fingerprint', fingerprint, '--cert', 'pump.pem', '--key', 'pump.key', ...args);

  it('puts the successor beside, or in the place of the old one', async () => {
    await enroll(...challenge());
    const before = text('pump.key');
    expect((await renew()).code).toBe(5);
    expect((await renew('--out', 'next.pem', '--new-key', 'next.key')).code).toBe(0);
    expect(belongTogether('next.pem', 'next.key')).toBe(true);
    expect(text('pump.key')).toBe(before);
    const { code, json } = await renew('--overwrite', '-o', 'json');
    expect(code).toBe(0);
    expect(json).toMatchObject({ status: 'issued', subject: 'CN=pump-17' });
    expect(text('pump.key')).not.toBe(before);
    expect(belongTogether('pump.pem', 'pump.key')).toBe(true);
    expect(server.calls.at(-1)?.message?.messageType).toBe('17');
  });

  it('while it is pending the old key stays in its place', async () => {
    await enroll(...challenge());
    const [before, certificate] = [text('pump.key'), text('pump.pem')];
    server.holding = true;
    expect((await renew('--overwrite')).code).toBe(9);
    expect([text('pump.key'), text('pump.pem')]).toEqual([before, certificate]);
    server.holding = false;
    expect((await scep('poll', 'pump.key')).code).toBe(0);
    expect(text('pump.key')).not.toBe(before);
    expect(belongTogether('pump.pem', 'pump.key')).toBe(true);
  });
});
