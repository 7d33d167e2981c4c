/** RFC 8894 §3.2.1.2: only the five requests are answered. A peer issued certificates to anybody through type 18. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { der, rfc8894 } from '@touchmark/asn1';
import { readCertRep } from './support/cert-rep-reader.ts';
import { buildMessage, defaultTransactionId, issuerAndSerialNumber } from './support/message-builder.ts';
import type { MessageFields } from './support/message-builder.ts';
import { requestOf } from './support/requests.ts';
import { ask, field, post, ScriptedAuthority } from './support/scripted-authority.ts';
import { createWorld } from './support/world.ts';
import type { Holder, World } from './support/world.ts';

let world: World;
let request: Uint8Array;

beforeAll(async () => {
  world = await createWorld();
  request = await requestOf(world.device, 'secret');
});

type AttributeEdit = NonNullable<MessageFields['attributes']>;

const served = new Map([
  [17, 'RenewalReq'],
  [19, 'PKCSReq'],
  [20, 'CertPoll'],
  [21, 'GetCert'],
  [22, 'GetCRL'],
]);

const contents = (): readonly Uint8Array[] => [
  request,
  der.sequence(world.chain[0]!.subject.der, world.device.certificate.subject.der),
  issuerAndSerialNumber(world.enrolled.certificate),
];

async function refusedBy(fields: Partial<MessageFields>, signer: Holder = world.device): Promise<void> {
  const authority = new ScriptedAuthority(world);
  authority.found = world.enrolled.certificate.der;
  const message = buildMessage({ signer, recipient: world.ra, content: request, ...fields });
  const response = await ask(authority, post(message));
  expect(await readCertRep(response, signer, world.ra)).toMatchObject({
    messageType: '3',
    transactionId: defaultTransactionId,
    pkiStatus: '2',
    failInfo: '2',
    content: undefined,
  });
  expect(field(response, 'Touchmark-Reason')).toBe('messageTypeUnknown');
  expect(authority.asked).toBe(0);
  expect(authority.refusals[0]).toMatchObject({ operation: 'other', error: { code: 'messageTypeUnknown' } });
}

describe.each(Array.from({ length: 256 }, (_, type) => type))('messageType %d', (type) => {
  if (served.has(type)) {
    it(`is ${served.get(type)}`, async () => {
      const [, poll, get] = contents();
      const content = type === 20 ? poll : type > 20 ? get : request;
      const authority = new ScriptedAuthority(world);
      authority.found = world.enrolled.certificate.der;
      const message = buildMessage({
        signer: world.device,
        recipient: world.ra,
        content,
        messageType: String(type),
      });
      const reply = await readCertRep(await ask(authority, post(message)), world.device, world.ra);
      expect(reply.pkiStatus).toBe('0');
      expect(authority.asked).toBe(1);
      expect([...authority.requests, ...authority.polls].every((asked) => asked.operation === served.get(type))).toBe(
        true,
      );
    });
  } else {
    it('is refused, whatever is in it and whoever signs it', async () => {
      for (const content of contents()) await refusedBy({ messageType: String(type), content });
      await refusedBy({ messageType: String(type) }, world.enrolled);
    });
  }
});

describe('a messageType that is not one', () => {
  const types =
    (...values: readonly Uint8Array[]): AttributeEdit =>
    (attributes) =>
      attributes.map((each) => (each.oid === rfc8894['id-messageType'] ? { oid: each.oid, values } : each));
  const printable = der.printableString('19');

  it.each<[string, fields: Partial<MessageFields>]>([
    ['missing', { attributes: (all) => all.filter(({ oid }) => oid !== rfc8894['id-messageType']) }],
    ['without a value', { attributes: types() }],
    ['with two values', { attributes: types(printable, der.printableString('17')) }],
    ['with the same value twice', { attributes: types(printable, printable) }],
    [
      'in two attributes',
      { attributes: (all) => [...all, { oid: rfc8894['id-messageType'], values: [der.printableString('17')] }] },
    ],
    ['UTF8String', { messageType: der.utf8String('19') }],
    ['IA5String', { messageType: der.ia5String('19') }],
    ['NumericString', { messageType: der.tlv(0x12, new TextEncoder().encode('19')) }],
    ['BMPString', { messageType: der.tlv(0x1e, Uint8Array.of(0, 0x31, 0, 0x39)) }],
    ['TeletexString', { messageType: der.tlv(0x14, new TextEncoder().encode('19')) }],
    ['INTEGER', { messageType: der.integer(19) }],
    ['OCTET STRING', { messageType: der.octetString(new TextEncoder().encode('19')) }],
    ['empty', { messageType: '' }],
    ['with a blank before', { messageType: ' 19' }],
    ['with a blank behind', { messageType: '19 ' }],
    ['with a zero before', { messageType: '019' }],
    ['with a sign', { messageType: '+19' }],
    ['with a fraction', { messageType: '19.0' }],
    ['in hexadecimal', { messageType: '0x13' }],
    ['by name', { messageType: 'PKCSReq' }],
    ['negative', { messageType: '-19' }],
    ['above 255', { messageType: '275' }],
    ['very long', { messageType: '19'.repeat(1000) }],
    [
      'with a character that PrintableString does not have',
      { messageType: der.tlv(0x13, Uint8Array.of(0x31, 0x39, 0)) },
    ],
  ])('%s', async (_, fields) => {
    await refusedBy(fields);
    await refusedBy(fields, world.enrolled);
  });

  it('in pieces, which only OCTET STRINGs may be here, cannot be read at all', async () => {
    const authority = new ScriptedAuthority(world);
    const messageType = der.tlv(0x33, printable);
    const message = buildMessage({ signer: world.device, recipient: world.ra, content: request, messageType });
    expect((await ask(authority, post(message))).status).toBe(400);
    expect(authority.asked).toBe(0);
  });
});
