/** What we write is read by others, and what others write by us: openssl, PKI.js, and the client of micromdm. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { decodePem, encodePem, rfc8894 } from '@touchmark/asn1';
import { CaError } from '@touchmark/ca';
import type { EnrollmentOutcome } from '@touchmark/ca';
import { serveHttp } from '@touchmark/http';
import * as pkijs from 'pkijs';
import { describeWith, requiredProgram } from '../../../test/support/programs.ts';
import { createScepHandler } from '../src/index.ts';
import { buildMessage, defaultTransactionId } from './support/message-builder.ts';
import { requestOf } from './support/requests.ts';
import { ask, post, ScriptedAuthority } from './support/scripted-authority.ts';
import { createWorld } from './support/world.ts';
import type { Holder, World } from './support/world.ts';

const run = promisify(execFile);

let world: World;
let request: Uint8Array;

beforeAll(async () => {
  world = await createWorld();
  request = await requestOf(world.device, 'secret');
});

/** Runs `use` in a folder with the files; returns what it makes of it. */
async function inFolder<T>(
  files: Readonly<Record<string, Uint8Array | string>>,
  use: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'touchmark-scep-'));
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content, { mode: 0o600 });
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const pemOf = ({ certificate }: Holder): string => encodePem('CERTIFICATE', certificate.der);
const keyOf = ({ privateKey }: Holder): string => privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();

async function certRepFor(
  cipher: 'aes128' | 'aes256' | 'des3',
  digest: 'sha1' | 'sha256' | 'sha512',
): Promise<Uint8Array> {
  const message = buildMessage({
    signer: world.device,
    recipient: world.ra,
    content: request,
    digest,
    envelope: { cipher },
  });
  return (await ask(new ScriptedAuthority(world), post(message))).body as Uint8Array;
}

describeWith(['openssl'], 'openssl', () => {
  it.each([
    ['aes128', 'sha256'],
    ['aes256', 'sha512'],
    ['des3', 'sha1'],
  ] as const)('verifies and decrypts a CertRep: %s, %s', async (cipher, digest) => {
    const files = {
      reply: await certRepFor(cipher, digest),
      'ra.pem': pemOf(world.ra),
      'device.pem': pemOf(world.device),
      'device.key': keyOf(world.device),
    };
    await inFolder(files, async (cwd) => {
      const openssl = (...args: string[]): Promise<unknown> => run(requiredProgram('openssl'), args, { cwd });
      // The signer must be among the certificates of the message: -nointern would look elsewhere.
      await openssl('cms', '-verify', '-inform', 'DER', '-in', 'reply', '-noverify', '-binary', '-out', 'envelope');
      await openssl(
        ...['cms', '-decrypt', '-inform', 'DER', '-in', 'envelope', '-binary', '-out', 'certs'],
        ...['-recip', 'device.pem', '-inkey', 'device.key'],
      );
      await openssl('pkcs7', '-inform', 'DER', '-in', 'certs', '-print_certs', '-out', 'certs.pem');
      const certificates = decodePem(readFileSync(join(cwd, 'certs.pem'), 'utf8')).map(({ bytes }) => bytes);
      expect(certificates).toEqual([world.enrolled.certificate.der, world.chain[0]!.der]);
    });
  });

  it.each<[string, EnrollmentOutcome]>([
    ['PENDING', { kind: 'pending', attemptId: 'attempt-2', retryAfterSeconds: 300 }],
    ['FAILURE', { kind: 'refused', attemptId: 'attempt-3', error: new CaError('secretWrong', 'It is not known.') }],
  ])('verifies %s as the old PKCS #7 too, which certmonger does', async (_, outcome) => {
    const authority = new ScriptedAuthority(world);
    authority.outcome = outcome;
    const message = buildMessage({ signer: world.device, recipient: world.ra, content: request });
    const { body } = await ask(authority, post(message));
    await inFolder({ reply: body }, async (cwd) => {
      for (const command of ['cms', 'smime']) {
        const args = [command, '-verify', '-inform', 'DER', '-in', 'reply', '-noverify', '-binary', '-out', 'content'];
        await run(requiredProgram('openssl'), args, { cwd });
        expect(readFileSync(join(cwd, 'content'))).toHaveLength(0);
      }
    });
  });

  it('prints GetCACert with the RA first', async () => {
    const response = await ask(new ScriptedAuthority(world), {
      ...post(new Uint8Array(0)),
      method: 'GET',
      rawQuery: 'operation=GetCACert',
    });
    await inFolder({ reply: response.body }, async (cwd) => {
      const args = ['pkcs7', '-inform', 'DER', '-in', 'reply', '-print_certs'];
      const { stdout } = await run(requiredProgram('openssl'), args, { cwd });
      expect(decodePem(stdout).map(({ bytes }) => bytes)).toEqual([
        world.ra.certificate.der,
        ...world.authority.chainDer,
      ]);
    });
  });
});

describe('PKI.js', () => {
  it('verifies a CertRep, finds its attributes, and for whom it is encrypted', async () => {
    const contentInfo = pkijs.ContentInfo.fromBER(await certRepFor('aes256', 'sha256'));
    const signedData = new pkijs.SignedData({ schema: contentInfo.content });
    expect(await signedData.verify({ signer: 0, checkChain: false })).toBe(true);
    const attributes = new Map(
      signedData.signerInfos[0]!.signedAttrs!.attributes.map(({ type, values }) => [
        type,
        (values[0] as { valueBlock: { value?: string } }).valueBlock.value,
      ]),
    );
    expect(attributes.get(rfc8894['id-messageType'])).toBe('3');
    expect(attributes.get(rfc8894['id-pkiStatus'])).toBe('0');
    expect(attributes.get(rfc8894['id-transactionID'])).toBe(defaultTransactionId);

    const envelope = pkijs.ContentInfo.fromBER(signedData.encapContentInfo.eContent!.getValue());
    const enveloped = new pkijs.EnvelopedData({ schema: envelope.content });
    const [recipient] = enveloped.recipientInfos;
    const { rid } = recipient!.value as pkijs.KeyTransRecipientInfo;
    const { issuer, serialNumber } = rid as pkijs.IssuerAndSerialNumber;
    const device = pkijs.Certificate.fromBER(world.device.certificate.der);
    expect(serialNumber.isEqual(device.serialNumber)).toBe(true);
    expect(issuer.isEqual(device.issuer)).toBe(true);
  });
});

describeWith(['scepclient'], 'scepclient of micromdm', () => {
  it('reads GetCACert and GetCACaps, encrypts with DES all the same, and reads that this is badAlg', async () => {
    const authority = new ScriptedAuthority(world);
    const handler = createScepHandler(authority);
    const listener = await serveHttp({ listen: { host: '127.0.0.1', port: 0 }, handler });
    try {
      await inFolder({}, async (cwd) => {
        // It encrypts for every certificate of GetCACert, or for the one of the fingerprint: that of the CA is EC.
        const fingerprint = createHash('sha256').update(world.ra.certificate.der).digest('hex');
        const files = ['-private-key', 'client.key', '-certificate', 'client.pem', '-ca-fingerprint', fingerprint];
        const args = [...files, '-challenge', 'secret', '-server-url', `${listener.url}/scep/factory`];
        await expect(run(requiredProgram('scepclient'), args, { cwd })).rejects.toMatchObject({
          stdout: expect.stringContaining('failInfo: badAlg (0)'),
        });
      });
    } finally {
      await listener.close({ drainSeconds: 0 });
    }
    expect(authority.refusals.map(({ operation, error }) => [operation, error.code])).toEqual([
      ['PKCSReq', 'messageAlgorithmNotAccepted'],
    ]);
    expect(authority.requests).toEqual([]);
  });
});
