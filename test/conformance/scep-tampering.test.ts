/**
 * RFC 8894 does not bind what is encrypted to who signs: whoever has recorded a message can turn over bits of its content and
 * sign it himself. No answer may tell him whether the padding was right or the content could be read, for with such answers
 * he decrypts it, octet by octet (Vaudenay, "Security Flaws Induced by CBC Padding", 2002).
 */
import { constants, publicEncrypt, randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { concatBytes, der, rfc8894 } from '@touchmark/asn1';
import { parseSignedData } from '@touchmark/cms';
import { testKeyPair } from '@touchmark/testkit';
import { scepPost } from '../../bench/support/memory-scep.ts';
import { baseline, paddingKinds, paddingMessage } from '../../bench/support/padding-kinds.ts';
import {
  encodeAttributes,
  encodeEnvelope,
  encryptBlocks,
  pad,
  selfSigned,
  signAttributes,
} from '../../bench/support/scep-message.ts';
import type { EnvelopeFields, Holder, MessageType } from '../../bench/support/scep-message.ts';
import { createScepWorld, readAnswer } from '../support/scep-mutants-world.ts';
import type { ReadAnswer, ScepWorld } from '../support/scep-mutants-world.ts';

let world: ScepWorld;
/** Has a certificate of the authority, or none. */
let attackers: Readonly<Record<'insider' | 'stranger', Holder>>;
/** A device's message as it was recorded; the attacker does not know the key. */
let recorded: {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  readonly blocks: readonly Uint8Array[];
  readonly content: Uint8Array;
};

beforeAll(async () => {
  world = await createScepWorld();
  const [{ content }, renewal] = [world.originals[0]!, world.originals[1]!];
  attackers = {
    insider: renewal.signer,
    stranger: await selfSigned(await testKeyPair('rsa-2048', 'stranger'), 'stranger'),
  };
  const [key, iv] = [new Uint8Array(randomBytes(16)), new Uint8Array(randomBytes(16))];
  const encrypted = encryptBlocks(key, iv, pad(content));
  const blocks = Array.from({ length: encrypted.length / 16 }, (_, index) =>
    encrypted.subarray(16 * index, 16 * index + 16),
  );
  recorded = { key, iv, blocks, content };
});

async function send(
  messageType: MessageType,
  signer: Holder,
  iv: Uint8Array,
  blocks: readonly Uint8Array[],
): Promise<ReadAnswer> {
  const fields: EnvelopeFields = { key: recorded.key, iv, encryptedContent: concatBytes(...blocks) };
  const envelope = encodeEnvelope(recorded.content, world.recipient, fields);
  const message = signAttributes(encodeAttributes(messageType, envelope, signer), envelope, signer);
  return readAnswer(await world.handler(scepPost(message)), signer, world.recipient);
}

const notDecrypted = { kind: 'FAILURE', code: 'messageNotDecrypted' };

const refusal = (code: string): ReadAnswer => ({ kind: 'FAILURE', code });
/** The issuer is a name of nobody. */
const question = der.sequence(
  der.sequence(der.set(der.sequence(der.oid('1.2'), der.octetString(Uint8Array.of(1, 2))))),
  der.integerBytes(new Uint8Array(15).fill(0x55)),
);
const names = der.sequence(
  der.sequence(),
  der.sequence(der.set(der.sequence(der.oid('1.2.3'), der.octetString(new Uint8Array(31))))),
);

/** What can be read without being what anybody recorded, and the one answer to whatever is like it. */
const crafted: readonly {
  readonly messageType: MessageType;
  readonly content: () => Uint8Array;
  readonly answers: Readonly<Record<'stranger' | 'insider', ReadAnswer>>;
}[] = [
  ...(['PKCSReq', 'RenewalReq'] as const).map((messageType) => ({
    messageType,
    content: () => recorded.content.with(24, recorded.content[24]! ^ 1),
    answers: { stranger: refusal('messageNotDecrypted'), insider: refusal('messageNotDecrypted') },
  })),
  {
    messageType: 'CertPoll',
    content: () => names,
    answers: { stranger: refusal('transactionUnknown'), insider: refusal('transactionUnknown') },
  },
  {
    messageType: 'GetCert',
    content: () => question,
    answers: { stranger: refusal('certificateUnknown'), insider: refusal('messageNotDecrypted') },
  },
  {
    messageType: 'GetCRL',
    content: () => question,
    answers: { stranger: refusal('messageNotDecrypted'), insider: refusal('messageNotDecrypted') },
  },
];

describe.each(['stranger', 'insider'] as const)('the %s', (who) => {
  it.each(crafted)(
    'who writes all but the last octet of a $messageType does not learn which one pads it',
    async ({ messageType, content, answers }) => {
      const padded = pad(content());
      for (let guess = 0; guess < 256; guess++) {
        const encrypted = encryptBlocks(recorded.key, recorded.iv, padded.with(padded.length - 1, guess));
        expect(await send(messageType, attackers[who], recorded.iv, [encrypted])).toEqual(answers[who]);
      }
    },
  );

  it.each(['PKCSReq', 'RenewalReq'] as const)(
    'who turns over bits of a request does not learn where: %s',
    async (messageType) => {
      const { iv, blocks } = recorded;
      for (let index = 0; index < blocks.length; index++) {
        for (const bit of [0, 77, 127]) {
          const turned = blocks.map((block, at) =>
            at === index ? block.with(bit >> 3, block[bit >> 3]! ^ (1 << (bit & 7))) : block,
          );
          expect(await send(messageType, attackers[who], iv, turned)).toEqual(notDecrypted);
        }
        expect(await send(messageType, attackers[who], iv, blocks.toSpliced(index, 1))).toEqual(notDecrypted);
      }
    },
  );
});

/** All that a client gets, but for what is another each time. */
async function answerTo(message: Uint8Array): Promise<unknown> {
  const { status, headers, body } = await world.handler(scepPost(message));
  const attempt = headers.find(([name]) => name === 'Touchmark-Attempt')?.[1] ?? '';
  expect(attempt).toHaveLength(36);
  const [signerInfo] = parseSignedData(body as Uint8Array).signers;
  const fresh: readonly string[] = [rfc8894['id-senderNonce'], rfc8894['id-recipientNonce']];
  const attributes = signerInfo!.signedAttributes
    .filter(({ oid }) => !fresh.includes(oid))
    .map(({ oid, values }) => [oid, values.map((value) => Buffer.from(value).toString('latin1').replace(attempt, ''))]);
  return { status, headers: headers.filter(([, value]) => value !== attempt), attributes, length: body.length };
}

describe('whatever is wrong with the padding or behind it', () => {
  it.each(Object.keys(paddingKinds))('%s: one answer', async (kind) => {
    const parts = { recipient: world.recipient, signer: attackers.stranger, requestDer: recorded.content };
    expect(await answerTo(paddingMessage(kind, parts))).toEqual(await answerTo(paddingMessage(baseline, parts)));
  });
});

it('a key whose contents could not be read sixteen times is decrypted no more, not even for who it was meant for', async () => {
  const { key, iv, content } = recorded;
  const { signer } = world.originals[1]!;
  const encryptedKey = new Uint8Array(
    publicEncrypt({ key: world.recipient.publicKey, padding: constants.RSA_PKCS1_PADDING }, key),
  );
  const answerOf = async (padded: Uint8Array): Promise<ReadAnswer> => {
    const encryptedContent = encryptBlocks(key, iv, padded);
    const envelope = encodeEnvelope(content, world.recipient, { encryptedKey, iv, encryptedContent });
    const message = signAttributes(encodeAttributes('RenewalReq', envelope, signer), envelope, signer);
    return readAnswer(await world.handler(scepPost(message)), signer, world.recipient);
  };
  const padded = pad(world.originals[1]!.content);
  for (let count = 0; count < 16; count++) {
    expect(await answerOf(padded)).toMatchObject({ kind: 'SUCCESS' });
    expect(await answerOf(padded.with(padded.length - 1, 0))).toEqual(notDecrypted);
  }
  expect(await answerOf(padded)).toEqual(notDecrypted);
});
