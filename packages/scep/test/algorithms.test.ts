/** RFC 8894 §2.9, §3.5.2: which algorithms are accepted; the rest is badAlg before anything is decrypted or issued. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { der, rfc8017 } from '@touchmark/asn1';
import { signatureAlgorithms } from '@touchmark/crypto';
import { constants, sign } from 'node:crypto';
import type { ScepSettingsInput } from '../src/index.ts';
import { readCertRep } from './support/cert-rep-reader.ts';
import type { ReadCertRep } from './support/cert-rep-reader.ts';
import { buildMessage } from './support/message-builder.ts';
import type { MessageFields } from './support/message-builder.ts';
import { requestOf } from './support/requests.ts';
import { ask, post, ScriptedAuthority } from './support/scripted-authority.ts';
import { createWorld, selfSignedDevice } from './support/world.ts';
import type { World } from './support/world.ts';

let world: World;
let request: Uint8Array;
let authority: ScriptedAuthority;

beforeAll(async () => {
  world = await createWorld();
  request = await requestOf(world.device, 'secret');
});

async function exchange(fields: Partial<MessageFields>, settings: ScepSettingsInput = {}): Promise<ReadCertRep> {
  authority = new ScriptedAuthority(world, settings);
  const signer = fields.signer ?? world.device;
  const message = buildMessage({ signer, recipient: world.ra, content: request, ...fields });
  return readCertRep(await ask(authority, post(message)), signer, world.ra);
}

const sha1WithRsa = der.sequence(der.oid(rfc8017.sha1WithRSAEncryption), der.null());
const longSha1WithRsa = der.sequence(der.oid(rfc8017.sha1WithRSAEncryption), der.octetString(new Uint8Array(200)));

describe('an algorithm that is not accepted is badAlg', () => {
  it.each<[string, Partial<MessageFields>, ScepSettingsInput]>([
    ['MD5', { digest: 'md5' }, {}],
    ['SHA-1 where it is off', { digest: 'sha1' }, { sha1: false }],
    ['SHA-1 under the name of the signature where it is off', { signatureAlgorithmDer: sha1WithRsa }, { sha1: false }],
    ['the same with long parameters', { signatureAlgorithmDer: longSha1WithRsa }, { sha1: false }],
    ['DES', { envelope: { cipher: 'des' } }, {}],
    ['triple DES where it is off', { envelope: { cipher: 'des3' } }, { des3: false }],
    ['triple DES where the preset has it off', { envelope: { cipher: 'des3' } }, { preset: 'apple' }],
    ['AES in another mode', { envelope: { cipher: 'aes128-gcm' } }, {}],
  ])('%s', async (_, fields, settings) => {
    const reply = await exchange(fields, settings);
    expect(reply).toMatchObject({ pkiStatus: '2', failInfo: '0', digest: 'sha256' });
    expect(reply.failInfoText).toContain('(messageAlgorithmNotAccepted, attempt early-1)');
    expect(authority.asked).toBe(0);
  });

  it('a signer with an EC key, since nothing can be encrypted for it', async () => {
    const signer = await selfSignedDevice('ec-p256', 'ec');
    const { algorithmIdentifierDer } = signatureAlgorithms['ecdsa-with-SHA256'];
    const reply = await exchange({
      signer,
      content: await requestOf(signer, 'secret'),
      signatureAlgorithmDer: algorithmIdentifierDer,
    });
    expect(reply).toMatchObject({ pkiStatus: '2', failInfo: '0' });
    expect(reply.failInfoText).toContain('signerKeyCannotDecrypt');
    expect(authority.asked).toBe(0);
  });

  it('is told of the signature, not of the key, if that does not verify', async () => {
    const signer = await selfSignedDevice('ec-p256', 'ec');
    expect(await exchange({ signer })).toMatchObject({ pkiStatus: '2', failInfo: '1' });
  });
});

describe('an algorithm that is accepted', () => {
  it.each<[string, Partial<MessageFields>]>([
    ['SHA-1', { digest: 'sha1' }],
    ['SHA-1 under the name of the signature', { digest: 'sha1', signatureAlgorithmDer: sha1WithRsa }],
    [
      'SHA-512 under the name of the signature',
      { digest: 'sha512', signatureAlgorithmDer: signatureAlgorithms.sha512WithRSAEncryption.algorithmIdentifierDer },
    ],
    ['triple DES', { envelope: { cipher: 'des3' } }],
  ])('%s', async (_, fields) => {
    expect((await exchange(fields)).pkiStatus).toBe('0');
  });

  it.each<ScepSettingsInput>([{ des: true }, { preset: 'micromdm' }])(
    'DES where it is on (%j), with a warning, and the answer has AES',
    async (settings) => {
      const reply = await exchange({ envelope: { cipher: 'des' } }, settings);
      expect(reply).toMatchObject({ pkiStatus: '0', cipher: 'aes128-CBC' });
      expect(authority.requests[0]?.warnings).toEqual([expect.stringContaining('encrypted with DES')]);
    },
  );

  it('RSASSA-PSS (strongSwan)', async () => {
    const algorithm = signatureAlgorithms['id-RSASSA-PSS-SHA256'];
    // The builder signs with PKCS #1: the signature over the same attributes is made anew.
    let attributes = new Uint8Array(0);
    const reply = await exchange({
      signatureAlgorithmDer: algorithm.algorithmIdentifierDer,
      attributes: (all) => {
        attributes = new Uint8Array(
          der.set(...all.map(({ oid, values }) => der.sequence(der.oid(oid), der.set(...values)))),
        );
        return all;
      },
      signature: () =>
        new Uint8Array(
          sign('sha256', attributes, {
            key: world.device.privateKey,
            padding: constants.RSA_PKCS1_PSS_PADDING,
            saltLength: 32,
          }),
        ),
    });
    expect(reply.pkiStatus).toBe('0');
  });
});
