/** Small SCEP messages made to cost much: each is decided soon and leaves no memory behind, at whichever layer it is. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { concatBytes, der, equalBytes, readWhole, rfc8017, rfc8894, toBase64 } from '@touchmark/asn1';
import type { HttpRequest } from '@touchmark/http';
import { parseCertificate } from '@touchmark/x509';
import { scepPost } from '../../bench/support/memory-scep.ts';
import { encodeAttributes, encodeEnvelope, encodeMessage, signAttributes } from '../../bench/support/scep-message.ts';

import { usedMemory } from '../support/heap.ts';
import { leastProcessorTime } from '../support/processor-time.ts';
import { createScepWorld, readAnswer } from '../support/scep-mutants-world.ts';
import type { Original, ReadAnswer, ScepWorld } from '../support/scep-mutants-world.ts';

const maxBytes = 256 * 1024;

/** As many as fit. */
function filledWith(element: Uint8Array, octets = maxBytes - 4096): Uint8Array {
  return concatBytes(...Array.from({ length: Math.floor(octets / element.length) }, () => element));
}

function nested(levels: number, wrap: (inner: Uint8Array) => Uint8Array): Uint8Array {
  let element: Uint8Array = der.null();
  for (let level = 0; level < levels; level++) element = wrap(element);
  return element;
}

const indefinite = (identifier: number, ...content: readonly Uint8Array[]): Uint8Array =>
  concatBytes(Uint8Array.of(identifier, 0x80), ...content, Uint8Array.of(0, 0));
const oneOctet = der.octetString(Uint8Array.of(0x41));

/** Whole elements, for any layer. */
const bombs: Readonly<Record<string, () => Uint8Array>> = {
  '31 levels': () => nested(30, der.sequence),
  '40 000 levels': () => new Uint8Array(Buffer.from('3082fff0'.repeat(40_000), 'hex')),
  '60 000 levels without lengths': () => new Uint8Array(Buffer.from('3080'.repeat(60_000), 'hex')),
  '60 000 levels of strings without lengths': () => new Uint8Array(Buffer.from('2480'.repeat(60_000), 'hex')),
  '20 001 elements': () => der.sequence(filledWith(der.null(), 40_000)),
  '120 000 elements': () => der.sequence(filledWith(der.null(), 240_000)),
  '120 000 empty sets without lengths': () => indefinite(0x30, filledWith(Uint8Array.of(0x31, 0), 240_000)),
  'a length of 2^32 - 1': () => Uint8Array.of(0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x05, 0x00),
  'a length of 2^63': () => Uint8Array.of(0x30, 0x88, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x05, 0x00),
  'a length of 126 octets': () => concatBytes(Uint8Array.of(0x30, 0xfe), new Uint8Array(126).fill(0xff)),
  'long lengths of everything': () =>
    der.sequence(filledWith(Uint8Array.of(0x04, 0x88, 0, 0, 0, 0, 0, 0, 0, 1, 0x41), 180_000)),
  'a string in 19 000 pieces': () => der.tlv(0x24, filledWith(oneOctet, 57_000)),
  'a string in 80 000 pieces': () => der.tlv(0x24, filledWith(oneOctet, 240_000)),
  'a string in pieces in pieces': () => nested(20, (inner) => indefinite(0x24, inner, filledWith(oneOctet, 3000))),
  '256 KiB without an end': () => concatBytes(Uint8Array.of(0x30, 0x80), filledWith(Uint8Array.of(0x30, 0x80, 0, 0))),
  'one INTEGER of 250 KB': () => der.tlv(0x02, new Uint8Array(250_000).fill(0x7f)),
  'an OID of 250 KB': () => der.sequence(der.tlv(0x06, new Uint8Array(250_000).fill(0x7f))),
  'an OID with an arc of 250 KB': () =>
    der.sequence(der.tlv(0x06, new Uint8Array(249_999).fill(0xff), Uint8Array.of(0x7f))),
};

interface Parts {
  readonly world: ScepWorld;
  readonly original: Original;
  readonly envelope: Uint8Array;
  readonly attributes: readonly Uint8Array[];
}

interface LargeMessage {
  readonly make: (parts: Parts) => Uint8Array;
  readonly answer: object;
}

const granted = { kind: 'SUCCESS' };
const refusedWith = (code: string): object => ({ kind: 'FAILURE', code });

/** Messages that are large in one place and right everywhere else. */
const large: Readonly<Record<string, LargeMessage>> = {
  'thousands of attributes of one type': {
    answer: granted,
    make: ({ original, envelope, attributes }) => {
      const another = der.sequence(der.oid(rfc8894['id-senderNonce']), der.set());
      return signAttributes(der.set(...attributes, ...times(6000, another)), envelope, original.signer);
    },
  },
  'an attribute with thousands of values': {
    answer: granted,
    make: ({ original, envelope, attributes }) => {
      const values = Array.from({ length: 19_000 }, (_, index) => der.octetString(Uint8Array.of(index >> 8, index)));
      const another = der.sequence(der.oid('1.2.3'), der.set(...values.toReversed()));
      return signAttributes(der.set(...attributes, another), envelope, original.signer);
    },
  },
  'hundreds of certificates of others': {
    answer: granted,
    make: ({ original, envelope, attributes }) => {
      const certificatesDer = [...times(250, original.granted), original.signer.certificate.der];
      return signAttributes(der.set(...attributes), envelope, original.signer, { certificatesDer });
    },
  },
  'a signer with thousands of names, and hundreds of certificates with its serial number': {
    answer: refusedWith('messageSignatureInvalid'),
    make: (parts) => {
      const { signer } = parts.original;
      const part = der.set(der.sequence(der.oid('2.5.4.3'), der.utf8String('x')));
      const sid = der.sequence(der.sequence(...times(3200, part)), der.integerBytes(signer.certificate.serialNumber));
      const certificatesDer = times(180, signer.certificate.der);
      return signAttributes(der.set(...parts.attributes), parts.envelope, signer, { certificatesDer, sid });
    },
  },
  'a signer whose issuer and subject have the same thousands of attributes in other types': {
    answer: granted,
    make: (parts) => {
      const { certificate, privateKey, publicKey } = parts.original.signer;
      const [tbsCertificateDer, ...signature] = elementsOf(certificate.der);
      const [version, , algorithm, , validity, , ...rest] = elementsOf(tbsCertificateDer!);
      const texts = Array.from({ length: 2100 }, (_, index) => String(index).padStart(4, '0'));
      const nameOf = (value: (text: string) => Uint8Array): Uint8Array =>
        der.sequence(der.set(...texts.map((text) => der.sequence(der.oid('2.5.4.3'), value(text)))));
      const issuer = nameOf((text) => (Number(text) % 2 === 0 ? der.utf8String(text) : der.printableString(text)));
      const subject = nameOf((text) => (Number(text) % 2 === 1 ? der.utf8String(text) : der.printableString(text)));
      const fields = [version!, der.integer(7), algorithm!, issuer, validity!, subject, ...rest];
      const signer = {
        certificate: parseCertificate(der.sequence(der.sequence(...fields), ...signature)),
        privateKey,
        publicKey,
      };
      return signed({ ...parts.original, signer }, parts.envelope);
    },
  },
  'hundreds of signers': {
    answer: { kind: 'HTTP', status: 400, code: 'messageMalformed' },
    make: ({ original, envelope, attributes }) =>
      signAttributes(der.set(...attributes), envelope, original.signer, { times: 250 }),
  },
  'hundreds of recipients': {
    answer: granted,
    make: ({ world, original }) => {
      const { issuer, serialNumber } = world.recipient.certificate;
      const [relative] = elementsOf(issuer.der);
      const rid = der.sequence(der.sequence(...times(30, relative!)), der.integerBytes(serialNumber));
      const algorithm = der.sequence(der.oid(rfc8017.rsaEncryption), der.null());
      const another = der.sequence(der.integer(0), rid, algorithm, der.octetString(new Uint8Array(16)));
      const fields = { otherRecipientInfos: times(150, another) };
      return signed(original, encodeEnvelope(original.content, world.recipient, fields));
    },
  },
  'a content of 200 KiB': {
    answer: refusedWith('messageNotDecrypted'),
    make: ({ world, original }) => signed(original, encodeEnvelope(new Uint8Array(200 * 1024), world.recipient)),
  },
  'an encrypted key of 200 KiB': {
    answer: refusedWith('messageNotDecrypted'),
    make: ({ world, original }) => {
      const fields = { encryptedKey: new Uint8Array(200 * 1024).fill(0x5a) };
      return signed(original, encodeEnvelope(original.content, world.recipient, fields));
    },
  },
  'an envelope in pieces of one octet': {
    answer: granted,
    make: ({ original, envelope, attributes }) => {
      const message = signAttributes(der.set(...attributes), envelope, original.signer);
      const pieces = der.tlv(0x24, ...Array.from(envelope, (octet) => der.octetString(Uint8Array.of(octet))));
      return replaceElement(message, der.octetString(envelope), pieces);
    },
  },
};

function times(count: number, element: Uint8Array): Uint8Array[] {
  return Array.from({ length: count }, () => element);
}

function elementsOf(element: Uint8Array): Uint8Array[] {
  const reader = readWhole(element, element[0]);
  const elements: Uint8Array[] = [];
  while (!reader.done) elements.push(reader.element());
  return elements;
}

function signed({ messageType, signer }: Original, envelope: Uint8Array): Uint8Array {
  return signAttributes(encodeAttributes(messageType, envelope, signer), envelope, signer);
}

/** Wherever it stands, with the lengths around it kept right. */
function replaceElement(element: Uint8Array, from: Uint8Array, to: Uint8Array): Uint8Array {
  if (equalBytes(element, from)) return to;
  const identifier = element[0] ?? 0;
  if ((identifier & 0x20) === 0) return element;
  return der.tlv(identifier, ...elementsOf(element).map((inner) => replaceElement(inner, from, to)));
}

describe('messages made to cost much', () => {
  let world: ScepWorld;
  let original: Original;
  beforeAll(async () => {
    world = await createScepWorld();
    original = world.originals[0]!;
    await decide(scepPost(encodeMessage({ ...original, recipient: world.recipient })));
  });

  const decide = async (request: HttpRequest): Promise<ReadAnswer> => {
    const memoryBefore = usedMemory();
    const { result: response, milliseconds } = await leastProcessorTime(() => world.handler(request));
    const { heapUsed, external } = process.memoryUsage();
    expect(milliseconds).toBeLessThan(250);
    // What it takes meanwhile, garbage and all; then what stays.
    expect((heapUsed + external - memoryBefore) / 2 ** 20).toBeLessThan(64);
    expect((usedMemory() - memoryBefore) / 2 ** 20).toBeLessThan(2);
    expect(world.faults).toEqual([]);
    return readAnswer(response, original.signer, world.recipient);
  };

  describe.each(Object.entries(bombs))('%s', (_, make) => {
    it('as the message', async () => {
      expect(await decide(scepPost(make()))).toEqual({ kind: 'HTTP', status: 400, code: 'messageMalformed' });
    });

    it('as the attributes', async () => {
      const bytes = make();
      const set = bytes[0] === 0x30 ? bytes : der.set(bytes);
      const message = signAttributes(set, encodeEnvelope(original.content, world.recipient), original.signer);
      expect(await decide(scepPost(message))).toEqual({ kind: 'HTTP', status: 400, code: 'messageMalformed' });
    });

    it('as the envelope', async () => {
      expect(await decide(scepPost(signed(original, make())))).toEqual({ kind: 'FAILURE', code: 'messageMalformed' });
    });

    it('as the content', async () => {
      const answer = await decide(scepPost(signed(original, encodeEnvelope(make(), world.recipient))));
      expect(answer).toEqual({ kind: 'FAILURE', code: 'messageNotDecrypted' });
    });
  });

  it.each(Object.entries(large))('%s', async (_, { make, answer }) => {
    const envelope = encodeEnvelope(original.content, world.recipient);
    const attributes = elementsOf(encodeAttributes(original.messageType, envelope, original.signer));
    const message = make({ world, original, envelope, attributes });
    expect(message.length).toBeLessThanOrEqual(maxBytes);
    expect(await decide(scepPost(message))).toMatchObject(answer);
  });

  it('60 KiB in the query', async () => {
    const message = concatBytes(Uint8Array.of(0x30, 0x80), filledWith(Uint8Array.of(0x30, 0x80, 0, 0), 60 * 1024));
    const encoded = encodeURIComponent(toBase64(message));
    const answer = await decide({
      ...scepPost(new Uint8Array(0)),
      method: 'GET',
      rawQuery: `operation=PKIOperation&message=${encoded}`,
    });
    expect(answer).toEqual({ kind: 'HTTP', status: 400, code: 'messageMalformed' });
  });

  it('60 KiB of percent signs and of parameters in the query', async () => {
    for (const filling of ['%', '%2', '%25', '%F0%9F', '&message=QQ', '&operation=', ' ', '=', '-_']) {
      const rawQuery = `operation=PKIOperation&message=${filling.repeat((60 * 1024) / filling.length)}`;
      const answer = await decide({ ...scepPost(new Uint8Array(0)), method: 'GET', rawQuery });
      expect(answer).toMatchObject({ kind: 'HTTP', status: 400 });
    }
  });
});
