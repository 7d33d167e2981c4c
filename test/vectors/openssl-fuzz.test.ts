/**
 * The fuzzing corpora of OpenSSL: what once tripped a parser. Every input is refused with Asn1Error or read, by every parser
 * of ours, within 250 ms of this process. The inputs (openssl/fuzz-corpora) are looked for in test/corpora/openssl-fuzz; they
 * are not part of this repository.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { Asn1Error, decodePem, PemError, prescan } from '@touchmark/asn1';
import { parsePublicKey, KeyPolicyError } from '@touchmark/crypto';
import { lintTbsCertificate } from '@touchmark/lint';
import {
  findLookAlike,
  formatName,
  parseCertificate,
  parseCertificateList,
  parseCertificationRequest,
  parseExtension,
  parseGeneralNames,
  parseName,
  subjectAltNamesOf,
} from '@touchmark/x509';
import { leastProcessorTime } from '../support/processor-time.ts';

const directory = join(import.meta.dirname, '../corpora/openssl-fuzz');
const folders = ['x509', 'crl', 'cms', 'asn1', 'asn1parse', 'decoder', 'acert', 'pem'] as const;

/** Each reads all there is. */
const parsers: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
  prescan: (bytes) => prescan(bytes),
  'prescan of BER': (bytes) => prescan(bytes, { allowIndefinite: true }),
  certificate: (bytes) => {
    const certificate = parseCertificate(bytes);
    formatName(certificate.subject);
    subjectAltNamesOf(certificate);
    return lintTbsCertificate(certificate.tbsCertificateDer);
  },
  request: (bytes) => parsePublicKey(parseCertificationRequest(bytes).subjectPublicKeyInfoDer),
  CRL: (bytes) => [...parseCertificateList(bytes).entries()],
  'look-alike': findLookAlike,
  name: (bytes) => formatName(parseName(bytes)),
  'general names': parseGeneralNames,
  extension: parseExtension,
  'public key': (bytes) => parsePublicKey(bytes),
  PEM: (bytes) => decodePem(Buffer.from(bytes).toString('latin1')),
};

const isRefusal = (error: unknown): boolean =>
  error instanceof Asn1Error || error instanceof PemError || error instanceof KeyPolicyError;

function faultOf(parse: () => unknown): unknown {
  try {
    parse();
    return undefined;
  } catch (error) {
    return isRefusal(error) ? undefined : error;
  }
}

describe.each(folders)('the corpus %s', (folder) => {
  const path = join(directory, folder);
  if (!existsSync(path)) {
    it.skip('skipped: corpora absent', () => undefined);
    return;
  }
  const inputs = readdirSync(path).map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(path, name))) }));

  it.each(Object.entries(parsers))('%s refuses or reads each input, at once', async (_, parse) => {
    const wrong: string[] = [];
    for (const { name, bytes } of inputs) {
      const { result: fault, milliseconds } = await leastProcessorTime(() => faultOf(() => parse(bytes)));
      if (fault !== undefined) wrong.push(`${name}: ${inspect(fault)}`);
      if (milliseconds > 250) wrong.push(`${name}: ${milliseconds} ms`);
    }
    expect(wrong).toEqual([]);
    expect(inputs.length).toBeGreaterThan(10);
  });
});
