/** Presets, with messages that clients have sent and, of those that could not be had, messages in the form they are known to send. */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { fromBase64, toBase64 } from '@touchmark/asn1';
import { parseSignedData } from '@touchmark/cms';
import { commonNameOf, parseCertificate, parseCertificationRequest } from '@touchmark/x509';
import { presetNames, presets } from '../src/index.ts';
import type { ScepPresetName } from '../src/index.ts';
import { readCertRep } from './support/cert-rep-reader.ts';
import { buildMessage, subjectKeyIdentifier } from './support/message-builder.ts';
import type { MessageFields } from './support/message-builder.ts';
import { requestOf } from './support/requests.ts';
import { ask, get, post, scepRequest, ScriptedAuthority } from './support/scripted-authority.ts';
import { createWorld, recipientOf } from './support/world.ts';
import type { Holder, World } from './support/world.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
});

interface Recorded {
  readonly ra: { readonly certificate: string; readonly privateKey: string };
  readonly messages: readonly {
    readonly client: string;
    readonly preset: ScepPresetName;
    readonly method: string;
    readonly query: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly clientKey: string;
    readonly answerCipher: string;
  }[];
}

const file = join(import.meta.dirname, 'recorded/messages.json');
const recorded = JSON.parse(readFileSync(file, 'utf8')) as Recorded;

function holderOf(certificateDer: Uint8Array, privateKeyBase64: string): Holder {
  const key = Buffer.from(privateKeyBase64, 'base64');
  const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  return { certificate: parseCertificate(certificateDer), privateKey, publicKey: createPublicKey(privateKey) };
}

describe('a message as it was sent', () => {
  it.each(recorded.messages)(
    'by $client',
    async ({ preset, method, query, headers, body, clientKey, answerCipher }) => {
      const ra = holderOf(fromBase64(recorded.ra.certificate), recorded.ra.privateKey);
      const authority = new ScriptedAuthority(world, { preset });
      authority.endpoint = { ...authority.endpoint, recipient: recipientOf(ra) };
      const request = scepRequest({
        method,
        rawQuery: query,
        headers,
        body: new Uint8Array(Buffer.from(body, 'base64')),
      });
      const response = await ask(authority, request);

      const [asked] = authority.requests;
      expect(asked).toMatchObject({ operation: 'PKCSReq', credentials: { password: { value: 'recorded-challenge' } } });
      const csr = parseCertificationRequest(asked!.requestDer);
      expect(commonNameOf(csr.subject)).toBe('recorded-1');

      const signer = Buffer.from(method === 'GET' ? messageIn(query) : body, 'base64');
      const [certificateDer] = parseSignedData(new Uint8Array(signer)).certificatesDer;
      const reply = await readCertRep(response, holderOf(certificateDer!, clientKey), ra);
      expect(reply).toMatchObject({ pkiStatus: '0', cipher: answerCipher });
      expect(reply.content?.certificatesDer[0]).toEqual(world.enrolled.certificate.der);
    },
  );
});

function messageIn(query: string): string {
  return decodeURIComponent(/(?:^|&)message=([^&]+)/.exec(query)?.[1] ?? '');
}

/** What docs/scep.md has of each, and where that is from. */
const forms: Readonly<Record<ScepPresetName, { fields: Partial<MessageFields>; cipher: string; byGet?: boolean }>> = {
  generic: { fields: {}, cipher: 'aes128-CBC' },
  apple: { fields: { ber: true, digest: 'sha512', envelope: { cipher: 'aes256' } }, cipher: 'aes256-CBC' },
  jamf: { fields: { ber: true, digest: 'sha256' }, cipher: 'aes128-CBC' },
  micromdm: { fields: { digest: 'sha1', envelope: { cipher: 'des' } }, cipher: 'aes128-CBC' },
  'cisco-ios': { fields: { digest: 'sha1', envelope: { cipher: 'des3' } }, cipher: 'des-ede3-cbc', byGet: true },
  juniper: { fields: { digest: 'sha1', envelope: { cipher: 'des3' } }, cipher: 'des-ede3-cbc' },
  mikrotik: { fields: { digest: 'sha256' }, cipher: 'aes128-CBC', byGet: true },
  'pan-os': { fields: { digest: 'sha256' }, cipher: 'aes128-CBC' },
  windows: { fields: { digest: 'sha256', envelope: { cipher: 'aes256' } }, cipher: 'aes256-CBC' },
  intune: { fields: { digest: 'sha512', envelope: { cipher: 'aes256' } }, cipher: 'aes256-CBC' },
};

describe('a message in the form of a client', () => {
  it.each(presetNames)('%s gets an answer that it reads', async (preset) => {
    const { fields, cipher, byGet = false } = forms[preset];
    const authority = new ScriptedAuthority(world, { preset });
    const content = await requestOf(world.device, 'secret');
    const message = buildMessage({ signer: world.device, recipient: world.ra, content, ...fields });
    // Lines of 64 columns, as Cisco's routers have them.
    const lines = encodeURIComponent(toBase64(message).replaceAll(/.{64}/g, '$&\n'));
    const response = await ask(authority, byGet ? get(`operation=PKIOperation&message=${lines}`) : post(message));
    const reply = await readCertRep(response, world.device, world.ra);
    const issuer = presets[preset].alongside === 'issuer' ? [world.chain[0]!.der] : [];
    expect(reply).toMatchObject({
      pkiStatus: '0',
      cipher,
      digest: fields.digest ?? 'sha256',
      content: { certificatesDer: [world.enrolled.certificate.der, ...issuer] },
    });
  });

  it('names its recipient by the key where it likes, in every preset', async () => {
    for (const preset of presetNames) {
      const authority = new ScriptedAuthority(world, { preset });
      const envelope = { rid: subjectKeyIdentifier(world.ra.certificate) };
      const content = await requestOf(world.device, 'secret');
      const message = buildMessage({ signer: world.device, recipient: world.ra, content, envelope });
      expect((await readCertRep(await ask(authority, post(message)), world.device, world.ra)).pkiStatus).toBe('0');
    }
  });
});
