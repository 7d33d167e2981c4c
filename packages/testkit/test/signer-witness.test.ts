/** SECURITY "Signer witness": hash(TBS) and serial in its own fsynced file at every private-key use. */
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { toHex } from '@touchmark/asn1';
import { createSoftwareSigner, sha256, verifySignature } from '@touchmark/crypto';
import type { Signer } from '@touchmark/crypto';
import { parseCertificate } from '@touchmark/x509';
import {
  buildCertificationRequest,
  createTestAuthority,
  readWitness,
  testKeyPair,
  witnessSigner,
} from '../src/index.ts';

const data = new TextEncoder().encode('to be signed');
let directory: string;
let file: string;
let signer: Signer;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'signer-witness-'));
  file = join(directory, 'witness');
  signer = createSoftwareSigner((await testKeyPair()).privateKey);
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

describe('witnessSigner', () => {
  it('signs as the signer does', async () => {
    const witnessed = witnessSigner(signer, file);
    expect(verifySignature(witnessed.algorithm, signer.publicKey, data, await witnessed.sign(data))).toBe(true);
    expect(witnessed.subjectPublicKeyInfoDer).toBe(signer.subjectPublicKeyInfoDer);
    expect(witnessed.publicKey).toBe(signer.publicKey);
  });

  it('writes the hash and the serial number of a certificate', async () => {
    const { issuing } = await createTestAuthority();
    const { tbsCertificateDer, serialNumberHex } = parseCertificate(issuing.certificateDer);
    await witnessSigner(signer, file).sign(tbsCertificateDer);
    expect(await readFile(file, 'utf8')).toBe(`${toHex(sha256(tbsCertificateDer))} ${serialNumberHex}\n`);
    expect(await readWitness(file)).toEqual([{ tbsSha256: toHex(sha256(tbsCertificateDer)), serialNumberHex }]);
  });

  it('writes the hash alone of what is not a certificate', async () => {
    const { certificationRequestDer } = await buildCertificationRequest();
    for (const other of [data, new Uint8Array(), certificationRequestDer])
      await witnessSigner(signer, file).sign(other);
    expect((await readWitness(file)).map(({ serialNumberHex }) => serialNumberHex)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('writes before the key is used: a use that fails is on record', async () => {
    const failing: Signer = { ...signer, sign: () => Promise.reject(new Error('no key')) };
    await expect(witnessSigner(failing, file).sign(data)).rejects.toThrow('no key');
    expect(await readWitness(file)).toHaveLength(1);
  });

  it('does not let the key be used when it cannot write', async () => {
    let uses = 0;
    const counting: Signer = {
      ...signer,
      sign: (bytes) => {
        uses += 1;
        return signer.sign(bytes);
      },
    };
    await expect(witnessSigner(counting, join(directory, 'missing', 'witness')).sign(data)).rejects.toThrow('ENOENT');
    expect(uses).toBe(0);
  });

  it('loses no line of many signers at once, and keeps its file to itself', async () => {
    const signers = Array.from({ length: 8 }, () => witnessSigner(signer, file));
    const messages = Array.from({ length: 200 }, (_, index) => new TextEncoder().encode(String(index)));
    await Promise.all(messages.map((message, index) => signers[index % 8]!.sign(message)));
    const seen = (await readWitness(file)).map(({ tbsSha256 }) => tbsSha256).sort();
    expect(seen).toEqual(messages.map((message) => toHex(sha256(message))).sort());
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });
});

describe('readWitness', () => {
  it('finds nothing where nothing was signed', async () => {
    expect(await readWitness(file)).toEqual([]);
  });

  it('leaves out a line that was cut off, since no signature followed it', async () => {
    await witnessSigner(signer, file).sign(data);
    await appendFile(file, 'abcd');
    expect(await readWitness(file)).toHaveLength(1);
  });

  it('refuses a file that was written by somebody else', async () => {
    await writeFile(file, 'hello\n');
    await expect(readWitness(file)).rejects.toThrow('did not write');
  });
});
