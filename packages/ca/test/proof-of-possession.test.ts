/** Requests by OpenSSL and by Node with every algorithm, as proof of possession (step 3). */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodePem } from '@touchmark/asn1';
import { createSoftwareSigner, generateKeyPair, signatureAlgorithms } from '@touchmark/crypto';
import type { KeyAlgorithmName, SignatureAlgorithmName } from '@touchmark/crypto';
import { createCertificationRequest } from '@touchmark/x509';
import { describeWith, requiredProgram } from '../../../test/support/programs.ts';
import { parseRequest } from '../src/parse-request.ts';
import { checkRequestKey } from '../src/request-key.ts';
import {} from '../src/request-key.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'touchmark-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const keyOf = (name: SignatureAlgorithmName): KeyAlgorithmName => {
  const { keyKind, keyType } = signatureAlgorithms[name];
  if (keyKind === 'ec') return 'ec-p384';
  return keyKind === 'rsa' ? 'rsa-2048' : (keyType as KeyAlgorithmName);
};

describe('a request', () => {
  it.each(Object.keys(signatureAlgorithms) as SignatureAlgorithmName[])(
    'signed with %s proves its key',
    async (name) => {
      const { privateKey } = await generateKeyPair(keyOf(name));
      const signer = createSoftwareSigner(privateKey, signatureAlgorithms[name]);
      const der = await createCertificationRequest({ subject: [{ attribute: 'commonName', value: 'a' }], signer });
      expect((await checkRequestKey(parseRequest(der))).keyAlgorithm).toBe(keyOf(name));
      // One bit of the subject changed, and it proves nothing.
      const changed = der.slice();
      const at = Buffer.from(changed).indexOf('a', Buffer.from(changed).indexOf(Buffer.from([0x55, 0x04, 0x03])) + 5);
      changed[at] = 0x62;
      await expect(checkRequestKey(parseRequest(changed))).rejects.toThrow(
        expect.objectContaining({ code: 'proofOfPossessionFailed' }),
      );
    },
  );
});

describeWith(['openssl'], 'a request of OpenSSL', () => {
  it.each<[string, readonly string[]]>([
    [
      'RSASSA-PSS and the salt that OpenSSL takes by itself',
      ['-newkey', 'rsa:2048', '-sigopt', 'rsa_padding_mode:pss'],
    ],
    [
      'RSASSA-PSS, SHA-512 and a salt of its length',
      ['-newkey', 'rsa:2048', '-sha512', '-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:digest'],
    ],
    ['Ed25519', ['-newkey', 'ed25519']],
    ['ECDSA with SHA-384 on P-521', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-521', '-sha384']],
  ])('with %s proves its key', async (_, words) => {
    const key = join(directory, 'key.pem');
    const common = ['req', '-new', '-nodes', '-keyout', key, '-subj', '/CN=pump-1'];
    const pem = execFileSync(requiredProgram('openssl'), [...common, ...words], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await expect(checkRequestKey(parseRequest(decodePem(pem)[0]!.bytes))).resolves.toBeDefined();
  });
});
