/** RFC 8894 §3: what messages ask, what is answered, and which oddities of clients are put up with. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { der, rfc8894 } from '@touchmark/asn1';
import { CaError } from '@touchmark/ca';
import { sha256 } from '@touchmark/crypto';
import { testKeyPair } from '@touchmark/testkit';
import type { Certificate } from '@touchmark/x509';
import { readCertRep } from './support/cert-rep-reader.ts';
import type { ReadCertRep } from './support/cert-rep-reader.ts';
import {
  buildMessage,
  defaultNonce,
  defaultTransactionId,
  issuerAndSerialNumber,
  subjectKeyIdentifier,
} from './support/message-builder.ts';
import type { EnvelopeFields, MessageFields } from './support/message-builder.ts';
import { requestOf } from './support/requests.ts';
import { ask, field, post, ScriptedAuthority } from './support/scripted-authority.ts';
import { createWorld, recipientOf, selfSigned } from './support/world.ts';
import type { Holder, World } from './support/world.ts';

let world: World;
let request: Uint8Array;
let authority: ScriptedAuthority;

beforeAll(async () => {
  world = await createWorld();
  request = await requestOf(world.device, 'secret');
});

type Fields = Partial<MessageFields>;
type AttributeEdit = NonNullable<MessageFields['attributes']>;

function message(fields: Fields = {}): Uint8Array {
  return buildMessage({ signer: world.device, recipient: world.ra, content: request, ...fields });
}

async function exchange(
  fields: Fields = {},
  use = new ScriptedAuthority(world),
  client: Holder = fields.signer ?? world.device,
): Promise<ReadCertRep> {
  authority = use;
  return readCertRep(await ask(use, post(message(fields))), client, world.ra);
}

const warnings = (): readonly string[] => authority.requests[0]?.warnings ?? authority.polls[0]?.warnings ?? [];

describe('§3.3.2 CertRep', () => {
  it('of SUCCESS has what RFC 8894 wants in it', async () => {
    authority = new ScriptedAuthority(world);
    const response = await ask(authority, post(message()));
    expect(response.headers).toEqual([
      ['Content-Type', 'application/x-pki-message'],
      ['Touchmark-Attempt', 'attempt-1'],
    ]);
    expect(response.route).toBe('/scep/{label}/PKIOperation');
    const reply = await readCertRep(response, world.device, world.ra);
    expect(reply).toMatchObject({
      messageType: '3',
      transactionId: defaultTransactionId,
      pkiStatus: '0',
      failInfo: undefined,
      failInfoText: undefined,
      recipientNonce: defaultNonce,
      digest: 'sha256',
      cipher: 'aes128-CBC',
      content: { certificatesDer: [world.enrolled.certificate.der, world.chain[0]!.der], crlsDer: [] },
    });
    expect(reply.senderNonce).toHaveLength(16);
  });

  it('§3.2.1.5 has a fresh senderNonce each time', async () => {
    const replies = await Promise.all([exchange(), exchange()]);
    expect(replies[0].senderNonce).not.toEqual(replies[1].senderNonce);
    expect(replies[0].senderNonce).not.toEqual(defaultNonce);
  });

  it('has the leaf alone where the endpoint says so', async () => {
    const reply = await exchange({}, new ScriptedAuthority(world, { preset: 'juniper' }));
    expect(reply.content?.certificatesDer).toEqual([world.enrolled.certificate.der]);
  });

  it('of PENDING has no content, and says when to ask again', async () => {
    authority = new ScriptedAuthority(world);
    authority.outcome = { kind: 'pending', attemptId: 'attempt-2', retryAfterSeconds: 299.5 };
    const response = await ask(authority, post(message()));
    expect(field(response, 'Retry-After')).toBe('300');
    expect(field(response, 'Touchmark-Attempt')).toBe('attempt-2');
    const reply = await readCertRep(response, world.device, world.ra);
    expect(reply).toMatchObject({ pkiStatus: '3', failInfo: undefined, content: undefined });
    expect(reply).toMatchObject({ transactionId: defaultTransactionId, recipientNonce: defaultNonce });
  });

  it('of FAILURE has failInfo, and a text with code and attempt', async () => {
    authority = new ScriptedAuthority(world);
    const error = new CaError('secretWrong', 'The secret is not known.', { retryAfterSeconds: 4.2 });
    authority.outcome = { kind: 'refused', attemptId: 'attempt-3', error };
    const response = await ask(authority, post(message()));
    expect(response.headers).toEqual([
      ['Content-Type', 'application/x-pki-message'],
      ['Touchmark-Attempt', 'attempt-3'],
      ['Touchmark-Reason', 'secretWrong'],
      ['Retry-After', '5'],
    ]);
    expect(await readCertRep(response, world.device, world.ra)).toMatchObject({
      pkiStatus: '2',
      failInfo: '2',
      failInfoText: 'The secret is not known. (secretWrong, attempt attempt-3)',
      recipientNonce: defaultNonce,
      content: undefined,
    });
    expect(authority.refusals).toEqual([]);
  });

  it('of a fault of ours tells nothing of it', async () => {
    authority = new ScriptedAuthority(world);
    authority.outcome = () => {
      throw new Error('password of the database');
    };
    const faults: unknown[] = [];
    const response = await ask(authority, post(message()), { onError: (error) => faults.push(error) });
    const reply = await readCertRep(response, world.device, world.ra);
    expect(reply).toMatchObject({ pkiStatus: '2', failInfo: '2' });
    expect(reply.failInfoText).not.toContain('password');
    expect(faults).toHaveLength(1);
    expect(authority.refusals[0]).toMatchObject({ operation: 'PKCSReq', error: { code: 'internal' } });
  });

  it('that cannot be signed is 500', async () => {
    authority = new ScriptedAuthority(world);
    const sign = (): Promise<Uint8Array> => Promise.reject(new Error('the token is gone'));
    authority.endpoint = { ...authority.endpoint, recipient: { ...world.recipient, sign } };
    const faults: unknown[] = [];
    const response = await ask(authority, post(message()), { onError: (error) => faults.push(error) });
    expect(response.status).toBe(500);
    expect(response.body).not.toContain('token');
    expect(faults.length).toBeGreaterThan(0);
  });

  it.each([
    ['aes128', 'aes128-CBC'],
    ['aes192', 'aes192-CBC'],
    ['aes256', 'aes256-CBC'],
    ['des3', 'des-ede3-cbc'],
  ] as const)('is encrypted with the cipher of the request: %s', async (cipher, name) => {
    expect((await exchange({ envelope: { cipher } })).cipher).toBe(name);
  });

  it.each(['sha1', 'sha256', 'sha384', 'sha512'] as const)(
    'is signed with the digest of the request: %s',
    async (digest) => {
      expect((await exchange({ digest })).digest).toBe(digest);
    },
  );

  it('is never signed with SHA-1 by the key of a CA', async () => {
    const ofCa = new ScriptedAuthority(world, { recipient: 'ca' });
    expect((await exchange({ digest: 'sha1' }, ofCa)).digest).toBe('sha256');
  });
});

describe('§3.3.1 PKCSReq', () => {
  it('signed by the device itself is authenticated by its challenge', async () => {
    await exchange();
    expect(authority.requests).toEqual([
      {
        requestId: 'request-1',
        protocol: 'scep',
        operation: 'PKCSReq',
        kind: 'enrollment',
        endpointLabel: 'factory',
        credentials: { password: { userName: '', value: 'secret' }, certificateDer: undefined },
        requestDer: request,
        channelBinding: undefined,
        transactionId: defaultTransactionId,
        mayNameAnother: false,
        acceptsSha1: true,
        remoteAddress: '192.0.2.7',
        warnings: [],
      },
    ]);
  });

  it.each([undefined, ''])('without a challenge (%j) has no credentials', async (challenge) => {
    await exchange({ content: await requestOf(world.device, challenge) });
    expect(authority.requests[0]!.credentials).toEqual({ password: undefined, certificateDer: undefined });
  });

  it('signed by a certificate is authenticated by it alone', async () => {
    await exchange({ signer: world.enrolled, content: await requestOf(world.enrolled) });
    expect(authority.requests[0]).toMatchObject({
      operation: 'PKCSReq',
      kind: 'enrollment',
      credentials: { password: undefined, certificateDer: world.enrolled.certificate.der },
      warnings: [],
    });
  });

  it('signed by a certificate: a challenge beside it is ignored, with a warning', async () => {
    await exchange({ signer: world.enrolled });
    expect(authority.requests[0]!.credentials.password).toBeUndefined();
    expect(warnings()).toEqual([expect.stringMatching(/challengePassword was ignored/)]);
    expect(JSON.stringify(warnings())).not.toContain('secret');
  });

  it('signed by a self-signed certificate of another key is not authenticated by the challenge', async () => {
    const stranger = await selfSigned(await testKeyPair('rsa-2048', 'stranger'), 'device-0001');
    await exchange({ signer: stranger });
    expect(authority.requests[0]!.credentials).toEqual({
      password: undefined,
      certificateDer: stranger.certificate.der,
    });
  });

  it('tells the cycle whether SHA-1 is accepted', async () => {
    await exchange({}, new ScriptedAuthority(world, { sha1: false }));
    expect(authority.requests[0]!.acceptsSha1).toBe(false);
  });
});

describe('§3.3.1 RenewalReq', () => {
  it('is authenticated by the certificate that signed', async () => {
    await exchange({ messageType: '17', signer: world.enrolled });
    expect(authority.requests[0]).toMatchObject({
      operation: 'RenewalReq',
      kind: 'renewal',
      credentials: { password: undefined, certificateDer: world.enrolled.certificate.der },
    });
  });

  it('of a device that signs for itself has no certificate to renew, for the cycle to refuse', async () => {
    await exchange({ messageType: '17' });
    expect(authority.requests[0]).toMatchObject({ kind: 'renewal', credentials: { certificateDer: undefined } });
  });
});

describe('§3.3.3 CertPoll', () => {
  const poll = ({ subject }: Certificate, issuerDer = world.chain[0]!.subject.der): Fields => ({
    messageType: '20',
    content: der.sequence(issuerDer, subject.der),
  });

  it('asks for the transaction with the key that signed', async () => {
    const reply = await exchange(poll(world.device.certificate));
    expect(authority.polls).toEqual([
      {
        requestId: 'request-1',
        protocol: 'scep',
        operation: 'CertPoll',
        endpointLabel: 'factory',
        transactionId: defaultTransactionId,
        publicKeySha256: sha256(world.device.certificate.subjectPublicKeyInfoDer),
        remoteAddress: '192.0.2.7',
        warnings: [],
      },
    ]);
    expect(reply).toMatchObject({ pkiStatus: '0', content: { certificatesDer: { length: 2 } } });
  });

  it.each([
    ['names another issuer', () => poll(world.device.certificate, world.device.certificate.subject.der)],
    ['has a content that cannot be read', () => ({ messageType: '20', content: Uint8Array.of(0x30, 0x05) })],
    [
      'has a content that cannot be decrypted',
      () => ({
        ...poll(world.device.certificate),
        envelope: { padded: (padded: Uint8Array) => padded.with(padded.length - 1, 0) },
      }),
    ],
  ])('that %s is answered as others are: nobody looks', async (_, fields) => {
    expect(await exchange(fields())).toMatchObject({ pkiStatus: '0' });
    expect(warnings()).toEqual([]);
  });

  it('of a transaction that is not known is badCertId', async () => {
    const use = new ScriptedAuthority(world);
    const error = new CaError('transactionUnknown', 'No request waits under this transaction.');
    use.outcome = { kind: 'refused', attemptId: 'attempt-4', error };
    expect(await exchange(poll(world.device.certificate), use)).toMatchObject({ pkiStatus: '2', failInfo: '4' });
  });
});

describe('§3.3.4 GetCert and GetCRL', () => {
  const wanted = (): Fields => ({
    signer: world.enrolled,
    content: issuerAndSerialNumber(world.enrolled.certificate),
  });
  const finding = (found: Uint8Array | undefined): ScriptedAuthority => {
    const use = new ScriptedAuthority(world);
    use.found = found;
    return use;
  };

  it('GetCert answers who has a current certificate', async () => {
    const reply = await exchange({ ...wanted(), messageType: '21' }, finding(world.ra.certificate.der));
    expect(reply).toMatchObject({ pkiStatus: '0', content: { certificatesDer: [world.ra.certificate.der] } });
    expect(authority.lookups).toEqual([world.enrolled.certificate.serialNumber]);
    expect(authority.refusals).toEqual([]);
  });

  it('GetCert answers nobody else', async () => {
    const use = finding(world.ra.certificate.der);
    use.signerKnown = false;
    const reply = await exchange({ ...wanted(), messageType: '21' }, use);
    expect(reply).toMatchObject({ pkiStatus: '2', failInfo: '4', content: undefined });
    expect(authority.lookups).toEqual([]);
    expect(authority.refusals[0]).toMatchObject({
      operation: 'GetCert',
      transactionId: defaultTransactionId,
      error: { code: 'certificateUnknown' },
    });
  });

  it('GetCRL answers anybody', async () => {
    const crl = der.sequence(der.integer(1));
    const use = finding(crl);
    use.signerKnown = false;
    const reply = await exchange({ ...wanted(), signer: world.device, messageType: '22' }, use);
    expect(reply).toMatchObject({ pkiStatus: '0', content: { certificatesDer: [], crlsDer: [crl] } });
  });

  it.each(['21', '22'])('type %s: nothing found is badCertId', async (messageType) => {
    expect(await exchange({ ...wanted(), messageType }, finding(undefined))).toMatchObject({ failInfo: '4' });
    expect(authority.refusals[0]).toMatchObject({ error: { code: 'notFound' } });
  });

  it.each(['21', '22'])('type %s: another issuer is not told from what cannot be read', async (messageType) => {
    const content = issuerAndSerialNumber(world.device.certificate);
    const reply = await exchange({ ...wanted(), content, messageType }, finding(world.ra.certificate.der));
    expect(reply).toMatchObject({ pkiStatus: '2', failInfo: '1' });
    expect(authority.lookups).toEqual([]);
    expect(authority.refusals[0]).toMatchObject({ error: { code: 'messageNotDecrypted' } });
  });
});

describe('clients that write things in a way of their own are served', () => {
  const reencoded = (name: string): Uint8Array =>
    der.sequence(der.set(der.sequence(der.oid('2.5.4.3'), der.printableString(name))));

  it.each<[string, () => Fields]>([
    ['BER with indefinite lengths and pieces (jscep, Apple)', () => ({ ber: true })],
    ['OAEP with SHA-1', () => ({ envelope: { keyTransport: 'oaep-sha1' } })],
    ['OAEP with SHA-256', () => ({ envelope: { keyTransport: 'oaep-sha256' } })],
    ['the recipient by its key identifier', () => ({ envelope: { rid: subjectKeyIdentifier(world.ra.certificate) } })],
    [
      'the signer by its key identifier',
      () => ({ signer: world.enrolled, sid: subjectKeyIdentifier(world.enrolled.certificate) }),
    ],
    [
      'the issuer of the signer in another string type',
      () => ({ sid: der.sequence(reencoded('device-0001'), der.integerBytes(world.device.certificate.serialNumber)) }),
    ],
    [
      'certificates of others beside that of the signer',
      () => ({ certificatesDer: [world.chain[1]!.der, world.device.certificate.der, world.chain[0]!.der] }),
    ],
    [
      'a certificate that cannot be read beside it',
      () => ({ certificatesDer: [der.sequence(), world.device.certificate.der] }),
    ],
    ['a transactionID in decimal', () => ({ transactionId: '312958219023841' })],
    ['a transactionID in base64', () => ({ transactionId: 'iEjAr9n8+0xyL/3Vd2sQkQ==' })],
    ['a transactionID in base64url', () => ({ transactionId: der.tlv(0x13, Buffer.from('_a-B*@&')) })],
    ['a transactionID of 256 characters', () => ({ transactionId: 'A'.repeat(256) })],
    [
      'attributes that nobody knows',
      () => ({
        attributes: (attributes) => [...attributes, { oid: '1.2.3.4', values: [der.null(), der.integer(1)] }],
      }),
    ],
    [
      'a signingTime of long ago',
      () => ({
        attributes: (attributes) => [
          ...attributes,
          { oid: '1.2.840.113549.1.9.5', values: [der.utcTime(new Date('1999-01-01T00:00:00Z'))] },
        ],
      }),
    ],
  ])('%s', async (_, fields) => {
    const written = fields();
    const content = written.signer === undefined ? request : await requestOf(written.signer);
    const reply = await exchange({ content, ...written });
    expect(reply.pkiStatus).toBe('0');
    const { transactionId = defaultTransactionId } = written;
    expect(reply.transactionId).toBe(typeof transactionId === 'string' ? transactionId : '_a-B*@&');
    expect(warnings()).toEqual([]);
  });

  it.each([0, 8, 20, 64])('a senderNonce of %d octets comes back, with a warning', async (length) => {
    const senderNonce = new Uint8Array(length).fill(7);
    expect((await exchange({ senderNonce })).recipientNonce).toEqual(senderNonce);
    expect(warnings()).toEqual([`the senderNonce has ${length} octets instead of 16`]);
  });

  it('the only recipient in a name that is not that of its certificate, with a warning', async () => {
    const rid = der.sequence(reencoded('Somebody'), der.integer(1));
    expect((await exchange({ envelope: { rid } })).pkiStatus).toBe('0');
    expect(warnings()).toEqual([expect.stringMatching(/recipient of the content is not named/)]);
  });

  it('a recipient by a key identifier that its certificate does not have, with a warning', async () => {
    const rid = der.implicit(0, new Uint8Array(20));
    expect((await exchange({ envelope: { rid } })).pkiStatus).toBe('0');
    expect(warnings()).toHaveLength(1);
  });
});

describe('what is wrong in a message is told in a signed FAILURE, and nothing is issued', () => {
  const without =
    (oid: string): AttributeEdit =>
    (attributes) =>
      attributes.filter((attribute) => attribute.oid !== oid);
  const nonceOf =
    (...values: Uint8Array[]): AttributeEdit =>
    (attributes) =>
      attributes.map((each) => (each.oid === rfc8894['id-senderNonce'] ? { oid: each.oid, values } : each));

  it.each<[string, () => Fields, code: string, failInfo: string]>([
    [
      'a signature with a bit turned over',
      () => ({ signature: (octets) => octets.with(9, octets[9]! ^ 1) }),
      'messageSignatureInvalid',
      '1',
    ],
    ['an empty signature', () => ({ signature: () => new Uint8Array(0) }), 'messageSignatureInvalid', '1'],
    [
      'a messageDigest of something else',
      () => ({
        attributes: (attributes) =>
          attributes.map((each) =>
            each.oid === '1.2.840.113549.1.9.4' ? { ...each, values: [der.octetString(new Uint8Array(32))] } : each,
          ),
      }),
      'messageSignatureInvalid',
      '1',
    ],
    ['no contentType', () => ({ attributes: without('1.2.840.113549.1.9.3') }), 'messageSignatureInvalid', '1'],
    ['no certificate', () => ({ certificatesDer: [] }), 'messageSignatureInvalid', '1'],
    [
      'the certificate of somebody else',
      () => ({ certificatesDer: [world.enrolled.certificate.der] }),
      'messageSignatureInvalid',
      '1',
    ],
    [
      "somebody else's certificate under the signer's name",
      () => ({
        certificatesDer: [world.enrolled.certificate.der],
        sid: issuerAndSerialNumber(world.enrolled.certificate),
      }),
      'messageSignatureInvalid',
      '1',
    ],
    [
      'a signature algorithm that is not readable',
      () => ({ signatureAlgorithmDer: der.sequence(der.integer(1)) }),
      'messageSignatureInvalid',
      '1',
    ],
    [
      'the name of the signer not readable',
      () => ({ sid: der.sequence(der.sequence(der.integer(1)), der.integer(1)) }),
      'messageSignatureInvalid',
      '1',
    ],
    ['no content', () => ({ content: undefined }), 'messageMalformed', '2'],
    ['no senderNonce', () => ({ attributes: without(rfc8894['id-senderNonce']) }), 'messageMalformed', '2'],
    [
      'two senderNonces',
      () => ({ attributes: nonceOf(der.octetString(Uint8Array.of(1)), der.octetString(Uint8Array.of(2))) }),
      'messageMalformed',
      '2',
    ],
    ['a senderNonce that is text', () => ({ attributes: nonceOf(der.printableString('1')) }), 'messageMalformed', '2'],
    ['a senderNonce of 65 octets', () => ({ senderNonce: new Uint8Array(65) }), 'messageMalformed', '2'],
  ])('%s', async (_, fields, code, failInfo) => {
    const reply = await exchange(fields());
    expect(reply).toMatchObject({ pkiStatus: '2', failInfo, transactionId: defaultTransactionId });
    expect(authority.refusals[0]).toMatchObject({ operation: 'PKCSReq', endpointLabel: 'factory', error: { code } });
    expect(reply.failInfoText).toContain(`(${code}, attempt early-1)`);
    expect(authority.asked).toBe(0);
  });

  it('a disabled endpoint', async () => {
    const use = new ScriptedAuthority(world);
    use.endpoint = { ...use.endpoint, enabled: false };
    const reply = await exchange({}, use);
    expect(reply.failInfoText).toContain('endpointDisabled');
    expect(authority.asked).toBe(0);
  });
});

describe('what has no transaction to answer under is 400', () => {
  it.each<[string, () => Fields]>([
    ['no transactionID', () => ({ attributes: (all) => all.filter(({ oid }) => oid !== rfc8894['id-transactionID']) })],
    ['an empty one', () => ({ transactionId: '' })],
    ['one of 257 characters', () => ({ transactionId: 'A'.repeat(257) })],
    ['one that is no PrintableString', () => ({ transactionId: der.utf8String('1') })],
    [
      'one with characters that PrintableString does not have',
      () => ({ transactionId: der.tlv(0x13, Uint8Array.of(0x1f)) }),
    ],
    [
      'two',
      () => ({
        attributes: (all) =>
          all.map((each) =>
            each.oid === rfc8894['id-transactionID']
              ? { ...each, values: [der.printableString('1'), der.printableString('2')] }
              : each,
          ),
      }),
    ],
    ['two signers', () => ({ signers: 2 })],
    ['no signer', () => ({ signers: 0 })],
  ])('%s', async (_, fields) => {
    authority = new ScriptedAuthority(world);
    const response = await ask(authority, post(message(fields())));
    expect(response.status).toBe(400);
    expect(field(response, 'Touchmark-Reason')).toBe('messageMalformed');
    expect(authority.asked).toBe(0);
  });
});

describe('§3.2.2 what does not decrypt and what cannot be read look alike', () => {
  const flipped = (octets: Uint8Array): Uint8Array => octets.with(0, octets[0]! ^ 0x80);

  it.each<[string, () => Fields]>([
    ['an encrypted key with a bit turned over', () => ({ envelope: { encryptedKey: flipped } })],
    ['an encrypted key that is empty', () => ({ envelope: { encryptedKey: () => new Uint8Array(0) } })],
    ['an encrypted key that is too long', () => ({ envelope: { encryptedKey: () => new Uint8Array(300).fill(1) } })],
    [
      'a key for somebody else',
      () => ({ recipient: world.device, envelope: { rid: issuerAndSerialNumber(world.ra.certificate) } }),
    ],
    ['padding of 0', () => ({ envelope: { padded: (octets) => octets.with(octets.length - 1, 0) } })],
    ['padding of 17', () => ({ envelope: { padded: (octets) => octets.with(octets.length - 1, 17) } })],
    ['content that is cut off in a block', () => ({ envelope: { encryptedContent: (octets) => octets.subarray(1) } })],
    ['no content', () => ({ envelope: { encryptedContent: () => new Uint8Array(0) } })],
    ['the first block turned over', () => ({ envelope: { encryptedContent: flipped } })],
    ['content of another type', () => ({ content: der.sequence(der.integer(1)) })],
    ['content that is no ASN.1', () => ({ content: new TextEncoder().encode('not a request') })],
    ['content with an octet too much', () => ({ content: new Uint8Array(Buffer.concat([request, Buffer.alloc(1)])) })],
    ['content with nesting without end', () => ({ content: new Uint8Array(4000).fill(0x30) })],
    ['for somebody else, beside another', () => ({ recipient: world.device, content: request })],
  ])('%s', async (_, fields) => {
    const reply = await exchange(fields());
    expect(reply).toMatchObject({ pkiStatus: '2', failInfo: '1' });
    expect(reply.failInfoText).toBe(
      'The content of the message could not be decrypted or read. Which of the two it was is not told: by asking often, ' +
        'somebody could learn what others have encrypted. Fetch the certificates anew with GetCACert, encrypt for the first ' +
        'of them, and look whether the content is what the type of the message says. (messageNotDecrypted, attempt early-1)',
    );
    expect(authority.refusals[0]).toMatchObject({ operation: 'PKCSReq', error: { code: 'messageNotDecrypted' } });
    expect(authority.asked).toBe(0);
  });

  it.each(['21', '22'])('type %s with content of another type', async (messageType) => {
    const reply = await exchange({ messageType, signer: world.enrolled });
    expect(reply.failInfoText).toMatch(/^The content of the message could not be decrypted or read\./);
    expect(authority.asked).toBe(0);
  });

  it('a serial number longer than any is no content', async () => {
    const content = der.sequence(world.chain[0]!.subject.der, der.tlv(0x02, new Uint8Array(21).fill(1)));
    expect(await exchange({ messageType: '22', content })).toMatchObject({ failInfo: '1' });
  });

  it('the key is decrypted, and once, whatever is wrong with it', async () => {
    for (const encryptedKey of [flipped, (): Uint8Array => new Uint8Array(0), (octets: Uint8Array) => octets]) {
      let decrypted = 0;
      const use = new ScriptedAuthority(world);
      const { decryptKey } = recipientOf(world.ra);
      use.endpoint = {
        ...use.endpoint,
        recipient: { ...world.recipient, decryptKey: (...args) => (decrypted++, decryptKey(...args)) },
      };
      await exchange({ envelope: { encryptedKey } }, use);
      expect(decrypted).toBe(1);
    }
  });

  it('a key that is not to be had is a fault of ours', async () => {
    const use = new ScriptedAuthority(world);
    const decryptKey = (): Promise<Uint8Array> => Promise.reject(new Error('the token is gone'));
    use.endpoint = { ...use.endpoint, recipient: { ...world.recipient, decryptKey } };
    expect((await exchange({}, use)).failInfoText).toContain('internal');
  });

  it.each<[string, EnvelopeFields]>([
    ['its recipient', { rid: der.implicit(1, new Uint8Array(3)) }],
    ['the algorithm of its key', { keyTransportAlgorithm: der.sequence(der.null()) }],
  ])('an envelope that cannot be read can be told: everybody sees it (%s)', async (_, envelope) => {
    const broken = message({ envelope });
    authority = new ScriptedAuthority(world);
    const reply = await readCertRep(await ask(authority, post(broken)), world.device, world.ra);
    expect(reply).toMatchObject({ pkiStatus: '2', failInfo: '2' });
    expect(authority.refusals[0]).toMatchObject({ error: { code: 'messageMalformed' } });
  });
});
