import { X509Certificate, createPrivateKey } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CaError } from '@touchmark/ca';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { encodePem, toHex } from '@touchmark/asn1';
import { createTestAuthority } from '@touchmark/testkit';
import { createRequestPem } from '../../../packages/admin-api/test/support/samples.ts';
import { createBench } from './support/cli.ts';
import type { Bench } from './support/cli.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await createBench();
});
afterAll(() => bench.close());

describe('a certificate argument', () => {
  const colons = (hex: string): string => hex.match(/../g)?.join(':') ?? '';
  const forms: Readonly<Record<string, () => string>> = {
    'an id': () => bench.world.certificate.id,
    'a serial number': () => toHex(bench.world.certificate.serialNumber),
    'a serial number as openssl prints it': () => `serial=${toHex(bench.world.certificate.serialNumber).toUpperCase()}`,
    'a fingerprint as openssl prints it': () =>
      `sha256 Fingerprint=${colons(toHex(bench.world.certificate.fingerprintSha256)).toUpperCase()}`,
    'a PEM file': () => write('leaf.pem', new X509Certificate(bench.world.certificate.certificateDer).toString()),
    'a DER file': () => write('leaf.cer', bench.world.certificate.certificateDer),
    'a base64 file': () => write('leaf.b64', Buffer.from(bench.world.certificate.certificateDer).toString('base64')),
  };
  it.each(Object.keys(forms))('may be %s', async (form) => {
    const { code, json } = await bench.touchmark(['cert', 'show', forms[form]?.() ?? '', '-o', 'json']);
    expect(code).toBe(0);
    expect(json).toMatchObject({ id: bench.world.certificate.id, status: 'active' });
  });

  it('that is neither a file nor a reference has exit code 3', async () => {
    const { code, stderr } = await bench.touchmark(['cert', 'show', './missing.pem']);
    expect(code).toBe(3);
    expect(stderr).toContain('neither a file nor a certificate id');
  });
});

describe('cert show -o pem', () => {
  it('is the certificate, with --chain its issuers too', async () => {
    const { id, certificateDer } = bench.world.certificate;
    const alone = await bench.touchmark(['cert', 'show', id, '-o', 'pem']);
    expect(new X509Certificate(alone.stdout).raw.equals(certificateDer)).toBe(true);
    const chain = await bench.touchmark(['cert', 'show', id, '-o', 'pem', '--chain']);
    expect(chain.stdout.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  });
});

describe('cert issue', () => {
  const issue = (...args: string[]) => bench.touchmark(['cert', 'issue', '--profile', 'server', ...args]);

  it('makes the key here, mode 0600, and writes the certificate with its chain', async () => {
    const out = join(bench.directory, 'tls');
    const { code, stdout, json } = await issue(
      '--san',
      'dns:broker.example.com',
      '--san',
      'ip:192.0.2.1',
      '--out',
      out,
      '-o',
      'json',
    );
    expect(code).toBe(0);
    const keyFile = join(out, 'broker.example.com.key');
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    const pem = readFileSync(join(out, 'broker.example.com.pem'), 'utf8');
    const certificate = new X509Certificate(pem);
    expect(certificate.checkPrivateKey(createPrivateKey(readFileSync(keyFile)))).toBe(true);
    expect(certificate.subjectAltName).toBe('DNS:broker.example.com, IP Address:192.0.2.1');
    expect(pem.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(json).toMatchObject({ certificate: { status: 'active' } });
    expect(stdout).not.toContain('PRIVATE KEY');
    expect(readdirSync(out).sort()).toEqual(['broker.example.com.key', 'broker.example.com.pem']);
  });

  it('never replaces a key without being told to', async () => {
    const key = write('mine.key', 'a key');
    const cert = join(bench.directory, 'mine.pem');
    const args = ['--san', 'dns:a.example.com', '--key', key, '--cert', cert];
    const refused = await issue(...args);
    expect(refused).toMatchObject({ code: 5, stdout: '' });
    expect(refused.stderr).toContain('mine.key is there already');
    expect(readFileSync(key, 'utf8')).toBe('a key');
    expect(existsSync(cert)).toBe(false);
    expect((await issue(...args, '--overwrite')).code).toBe(0);
    const certificate = new X509Certificate(readFileSync(cert));
    expect(certificate.checkPrivateKey(createPrivateKey(readFileSync(key)))).toBe(true);
    expect(statSync(key).mode & 0o777).toBe(0o600);
  });

  it('leaves no key behind, and the old one alone, when it is refused: exit code 6', async () => {
    const key = join(bench.directory, 'refused.key');
    const args = ['--cn', 'refused.example.com', '--key', key, '--cert', `${key}.pem`];
    const fresh = await issue(...args);
    expect(fresh.code).toBe(6);
    expect(fresh.stderr).toContain('nameNotAllowed');
    expect(fresh.stderr).toContain('attempt ');
    expect(existsSync(key)).toBe(false);
    write('refused.key', 'the old key');
    expect((await issue(...args, '--overwrite')).code).toBe(6);
    expect(readFileSync(key, 'utf8')).toBe('the old key');
    expect(readdirSync(bench.directory).filter((name) => name.includes('refused'))).toEqual(['refused.key']);
  });

  it.each([
    ['notReady', 'not ready to sign', 0],
    ['overloaded', 'too much to do', 0],
    ['registryUnavailable', 'does not answer', 1],
    ['internal', 'failed to answer', 1],
  ] as const)(
    'when it is refused with %s, %s: keeps as many keys as there may be certificates',
    async (code, why, keys) => {
      const out = join(bench.directory, `out-${code}`);
      const refused = { kind: 'refused', attemptId: 'attempt-4', error: new CaError(code, `It ${why}.`) } as const;
      const issuing = jest.spyOn(bench.world.services, 'issueCertificate').mockResolvedValueOnce(refused);
      const outcome = await issue('--san', 'dns:g.example.com', '--out', out);
      issuing.mockRestore();
      expect(outcome.code).not.toBe(0);
      expect(readdirSync(out)).toHaveLength(keys);
      expect(/The key stays in \S+: a certificate may have been issued/.test(outcome.stderr)).toBe(keys === 1);
    },
  );

  it('keeps no key when the service was not reached', async () => {
    const out = join(bench.directory, 'out-unreachable');
    const elsewhere = { TOUCHMARK_URL: 'https://127.0.0.1:9', TOUCHMARK_TOKEN: 'a-token' };
    const args = ['cert', 'issue', '--profile', 'server', '--san', 'dns:g.example.com', '--out', out];
    expect((await bench.touchmark(args, { env: elsewhere })).code).toBe(7);
    expect(readdirSync(out)).toEqual([]);
  });

  it('--overwrite replaces the two files and touches no other', async () => {
    const out = join(bench.directory, 'renewed');
    mkdirSync(out);
    const mine = ['d.example.com.key.new', 'd.example.com.pem.new'];
    for (const name of mine) writeFileSync(join(out, name), 'mine');
    writeFileSync(join(out, 'd.example.com.key'), 'the old key');
    writeFileSync(join(out, 'd.example.com.pem'), 'the old certificate');
    const args = ['--out', out, '--overwrite'];
    expect((await issue('--cn', 'refused.example.com', '--san', 'dns:d.example.com', ...args)).code).toBe(6);
    expect((await issue('--san', 'dns:d.example.com', ...args)).code).toBe(0);
    expect(mine.map((name) => readFileSync(join(out, name), 'utf8'))).toEqual(['mine', 'mine']);
    expect(readdirSync(out).sort()).toEqual(['d.example.com.key', 'd.example.com.pem', ...mine].sort());
    const certificate = new X509Certificate(readFileSync(join(out, 'd.example.com.pem')));
    expect(certificate.checkPrivateKey(createPrivateKey(readFileSync(join(out, 'd.example.com.key'))))).toBe(true);
  });

  describe('on a full disk', () => {
    const old = { 'e.example.com.key': 'the old key', 'e.example.com.pem': 'the old certificate' };
    const fill = (name: string): string => {
      const out = join(bench.directory, name);
      mkdirSync(out);
      for (const [file, text] of Object.entries(old)) writeFileSync(join(out, file), text);
      return out;
    };
    const contentOf = (out: string): Record<string, string> =>
      Object.fromEntries(readdirSync(out).map((name) => [name, readFileSync(join(out, name), 'utf8')]));

    it('a key that was cut short is never in place, and nothing is issued', async () => {
      const out = fill('full-key');
      const issued = bench.world.services.certificates.length;
      // 1.7 KB of PEM.
      const args = ['--key-algorithm', 'rsa-2048', '--san', 'dns:e.example.com', '--out', out, '--overwrite'];
      const outcome = await bench.touchmark(['cert', 'issue', '--profile', 'server', ...args], {
        largestFileOctets: 1024,
      });
      expect(outcome).toMatchObject({ code: 1, stdout: '' });
      expect(outcome.stderr).toContain('cannot be written');
      expect(contentOf(out)).toEqual(old);
      expect(bench.world.services.certificates).toHaveLength(issued);
    });

    it('a certificate that was cut short replaces neither file, and the new key stays', async () => {
      const out = fill('full-certificate');
      const args = ['--san', 'dns:e.example.com', '--out', out, '--overwrite'];
      const outcome = await bench.touchmark(['cert', 'issue', '--profile', 'server', ...args], {
        largestFileOctets: 512,
      });
      expect(outcome).toMatchObject({ code: 1, stdout: '' });
      const { [/e\.example\.com\.key\.\w+\.new/.exec(outcome.stderr)?.[0] ?? '']: key = '', ...others } =
        contentOf(out);
      expect(others).toEqual(old);
      const id = /cert show (\S+)/.exec(outcome.stderr)?.[1] ?? '';
      const shown = await bench.touchmark(['cert', 'show', id, '-o', 'pem']);
      expect(new X509Certificate(shown.stdout).checkPrivateKey(createPrivateKey(key))).toBe(true);
    });
  });

  it.each(['with a key made here', 'for a request made elsewhere'])(
    'writes no certificate that is for another key, %s',
    async (how) => {
      const out = join(bench.directory, `another key ${how}`);
      mkdirSync(out);
      writeFileSync(join(out, 'f.example.com.key'), 'the old key');
      const wrong = { kind: 'issued', attemptId: 'attempt-3', certificate: bench.world.certificate } as const;
      const issuing = jest.spyOn(bench.world.services, 'issueCertificate').mockResolvedValueOnce(wrong);
      const csr = how.startsWith('for') ? ['--csr', write('other.csr', await createRequestPem())] : [];
      const outcome = await issue('--san', 'dns:f.example.com', '--out', out, '--overwrite', ...csr);
      issuing.mockRestore();
      expect(outcome).toMatchObject({ code: 1, stdout: '' });
      expect(outcome.stderr).toContain('for another key');
      expect(existsSync(join(out, 'f.example.com.pem'))).toBe(false);
      expect(readFileSync(join(out, 'f.example.com.key'), 'utf8')).toBe('the old key');
    },
  );

  it('takes a request made elsewhere, from a file or standard input, and writes the chain to stdout', async () => {
    const request = await createRequestPem();
    const fromFile = await issue('--csr', write('request.pem', request), '--san', 'dns:c.example.com');
    expect(fromFile.code).toBe(0);
    expect(new X509Certificate(fromFile.stdout).subjectAltName).toBe('DNS:c.example.com');
    const derFile = write('request.der', Buffer.from(request.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64'));
    expect((await issue('--csr', derFile)).code).toBe(0);
    const piped = await bench.touchmark(['cert', 'issue', '--profile', 'server', '--csr', '-'], { stdin: request });
    expect(new X509Certificate(piped.stdout).issuer).toBe('CN=Test Issuing');
  });

  it.each([
    ['no profile', ['cert', 'issue'], '--profile'],
    ['no name', ['cert', 'issue', '--profile', 'server'], 'has no name yet'],
    ['a name of unknown kind', ['cert', 'issue', '--profile', 'server', '--san', 'dsn:a'], 'dns:HOST'],
    [
      'an unknown key algorithm',
      ['cert', 'issue', '--profile', 'server', '--cn', 'a', '--key-algorithm', 'dsa'],
      'ec-p256',
    ],
    [
      'a request and a key file',
      ['cert', 'issue', '--profile', 'server', '--csr', 'a', '--key', 'b'],
      'cannot be used with',
    ],
  ])('%s is exit code 2', async (_, args, says) => {
    const { code, stdout, stderr } = await bench.touchmark(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(says);
  });
});

describe('cert revoke', () => {
  it('revokes, says so, and the second time says that it was revoked before', async () => {
    const leaf = await bench.world.authority.identify('to be revoked');
    const fields = { certificateDer: leaf.der, profileName: 'server', deviceId: undefined };
    const { id } = bench.world.services.addCertificate({ ...leaf, ...fields });
    const serial = toHex(leaf.serialNumber).toUpperCase();
    const first = await bench.touchmark(['cert', 'revoke', serial, '--reason', 'keyCompromise', '-o', 'json']);
    expect(first.code).toBe(0);
    expect(first.json).toMatchObject({ id, status: 'revoked', changed: true, revocation: { reason: 'keyCompromise' } });
    const second = await bench.touchmark(['cert', 'revoke', id, '--reason', 'superseded']);
    expect(second.code).toBe(0);
    expect(second.stderr).toContain('It was revoked before');
    const shown = await bench.touchmark(['cert', 'show', id, '-o', 'json']);
    expect(shown.json).toMatchObject({ status: 'revoked', revocation: { reason: 'keyCompromise' } });
  });

  it('does not know other reasons: exit code 2', async () => {
    const { code, stderr } = await bench.touchmark(['cert', 'revoke', 'ab', '--reason', 'whim']);
    expect(code).toBe(2);
    expect(stderr).toContain('keyCompromise');
  });
});

describe('cert lint', () => {
  const alone = { env: { TOUCHMARK_HOME: '/nowhere' } };
  let leafDer: Uint8Array;
  beforeAll(async () => {
    const subject = [{ attribute: 'commonName', value: 'pump-1' }] as const;
    leafDer = (await (await createTestAuthority({ name: 'Lint' })).issue({ subject })).certificateDer;
  });
  const sound = () => leafDer;
  /** Its keyUsage is no longer critical, and `FALSE` is written out, which DER leaves out. */
  const unsound = () => {
    const der = Uint8Array.from(sound());
    const at = Buffer.from(der).indexOf(Buffer.from('0603551d0f0101ff', 'hex'));
    return der.with(at + 7, 0);
  };

  it('says nothing of what is in order, without a service', async () => {
    const { code, stdout, stderr } = await bench.touchmark(['cert', 'lint', write('sound.cer', sound())], alone);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '1 certificate, 0 findings.\n' });
    expect(stdout).toMatch(/Certificate +CN=pump-1\n.*\nFindings +none/);
  });

  it('tells each requirement that a certificate breaks, with its citation, and ends with 6', async () => {
    const chain = [sound(), unsound()].map((der) => encodePem('CERTIFICATE', der)).join('');
    const outcome = await bench.touchmark(['cert', 'lint', '-', '-o', 'json'], { ...alone, stdin: chain });
    expect(outcome).toMatchObject({ code: 6, stderr: '2 certificates, 2 findings.\n' });
    expect(outcome.json).toMatchObject([
      { subject: 'CN=pump-1', findings: [] },
      {
        fingerprintSha256: new X509Certificate(unsound()).fingerprint256.replaceAll(':', '').toLowerCase(),
        findings: [
          { lint: 'extension-critical-default', citation: expect.stringContaining('X.690 §11.5') },
          { lint: 'key-usage-critical', citation: 'RFC 5280 §4.2.1.3', message: 'keyUsage is not critical' },
        ],
      },
    ]);
    const { stdout } = await bench.touchmark(['cert', 'lint', write('unsound.cer', unsound())], alone);
    expect(stdout).toMatch(/Findings +2\n.*\nkey-usage-critical +keyUsage is not critical \(RFC 5280 §4\.2\.1\.3\)/);
  });

  it('finds what is no certificate at all', async () => {
    const outcome = await bench.touchmark(['cert', 'lint', write('empty.cer', Uint8Array.of(0x30, 0))], alone);
    expect(outcome).toMatchObject({ code: 6, stdout: expect.stringContaining('cannot be read') });
  });

  it('a critical extension that RFC 5280 does not know is a finding, unless it is said to be known', async () => {
    const der = Uint8Array.from(sound());
    // The one that was keyUsage has the object identifier 2.5.29.112.
    der[Buffer.from(der).indexOf(Buffer.from('0603551d0f', 'hex')) + 4] = 112;
    const words = ['cert', 'lint', write('own.cer', der)];
    const unknown = await bench.touchmark(words, alone);
    expect(unknown).toMatchObject({ code: 6, stdout: expect.stringContaining('critical-extension-known') });
    const { stdout } = await bench.touchmark([...words, '--critical', '2.5.29.112'], alone);
    expect(stdout).not.toContain('critical-extension-known');
  });
});

describe('cert inspect', () => {
  it('reads files, standard input and TLS servers without a service', async () => {
    const serial = toHex(bench.world.certificate.serialNumber);
    const file = write('inspect.cer', bench.world.certificate.certificateDer);
    const alone = { env: { TOUCHMARK_HOME: '/nowhere' } };
    const text = await bench.touchmark(['cert', 'inspect', file], alone);
    expect(text.code).toBe(0);
    for (const part of [
      'CN=pump-1',
      'CN=Test Issuing',
      serial,
      'dns:pump-1.example.com',
      'digitalSignature',
      'ec prime256v1',
    ]) {
      expect(text.stdout).toContain(part);
    }
    const pem = new X509Certificate(bench.world.certificate.certificateDer).toString();
    const piped = await bench.touchmark(['cert', 'inspect', '-', '-o', 'json'], { ...alone, stdin: pem });
    expect(piped.json).toMatchObject({ subject: 'CN=pump-1', serialNumber: serial, chain: [] });
    const server = await bench.touchmark(
      ['cert', 'inspect', `https://127.0.0.1:${bench.world.listener.port}`, '-o', 'json'],
      alone,
    );
    expect(server.json).toMatchObject({ subject: 'CN=localhost', chain: [{ subject: 'CN=Test Issuing' }] });
  });

  it.each([
    ['a file that is not there', () => 'missing.pem', 3, 'There is no file'],
    ['a key', () => write('key.pem', bench.world.stranger.keyPem), 1, 'holds PRIVATE KEY, no CERTIFICATE'],
    ['noise', () => write('noise', 'not a certificate'), 1, 'neither PEM nor DER'],
    [
      'half a certificate',
      () => write('half.cer', bench.world.certificate.certificateDer.slice(0, 200)),
      1,
      'not a certificate',
    ],
    ['a server that is not there', () => 'https://127.0.0.1:1', 7, '127.0.0.1:1'],
  ])('%s is refused with a sentence', async (_, source, code, says) => {
    const outcome = await bench.touchmark(['cert', 'inspect', source()]);
    expect(outcome).toMatchObject({ code, stdout: '' });
    expect(outcome.stderr).toMatch(/^error: /);
    expect(outcome.stderr).toContain(says);
    expect(outcome.stderr).not.toMatch(/\n\s+at /);
  });
});

function write(name: string, data: string | Uint8Array): string {
  const path = join(bench.directory, name);
  writeFileSync(path, data);
  return path;
}
