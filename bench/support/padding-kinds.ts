/** Messages that cannot be decrypted or read, each for another reason, which nobody must be able to tell apart. */
import { randomBytes } from 'node:crypto';
import { concatBytes, der } from '@touchmark/asn1';
import { encodeAttributes, encodeEnvelope, pad, signAttributes } from './scep-message.ts';
import type { EnvelopeFields, Holder } from './scep-message.ts';

export interface PaddingParts {
  readonly recipient: Holder;
  /** Who asks; he has no certificate of the authority. */
  readonly signer: Holder;
  /** Of somebody else. */
  readonly requestDer: Uint8Array;
}

interface Envelope extends EnvelopeFields {
  readonly content?: Uint8Array;
}

/** The other kinds are compared with this one: all padding is right, and the content is noise. */
export const baseline = 'right padding, content is noise';

export const paddingKinds: Readonly<Record<string, (requestDer: Uint8Array) => Envelope>> = {
  [baseline]: (requestDer) => ({ content: noise(requestDer.length) }),
  // PKCS #1 v1.5: 00 02, eight octets or more that are not zero, 00, the key (RFC 8017 §7.2.1).
  'block type 1': () => ({ block: block([0, 1], 237, randomBytes(16)) }),
  'first octet is 1': () => ({ block: block([1, 2], 237, randomBytes(16)) }),
  'no zero behind the padding': () => ({ block: concatBytes(Uint8Array.of(0, 2), nonZero(254)) }),
  'seven octets of padding': () => ({ block: block([0, 2], 7, nonZero(246)) }),
  'no octet of padding': () => ({ block: block([0, 2], 0, nonZero(253)) }),
  'key of 15 octets': () => ({ block: block([0, 2], 238, randomBytes(15)) }),
  'key of 24 octets': () => ({ block: block([0, 2], 229, randomBytes(24)) }),
  'key of no octets': () => ({ block: block([0, 2], 253, new Uint8Array(0)) }),
  'another key': () => ({ block: block([0, 2], 237, randomBytes(16)) }),
  // RFC 5652 §6.3
  'block padding of 0': (requestDer) => ({ padded: lastOctet(pad(requestDer), 0) }),
  'block padding of 17': (requestDer) => ({ padded: lastOctet(pad(requestDer), 17) }),
  'block padding one octet too long': (requestDer) => {
    const padded = pad(requestDer);
    return { padded: lastOctet(padded, (padded.at(-1)! % 16) + 1) };
  },
  'cut off in the content': (requestDer) => ({ content: requestDer.subarray(0, -1) }),
  'an octet behind the content': (requestDer) => ({ content: concatBytes(requestDer, Uint8Array.of(0)) }),
  'content of another type': () => ({ content: der.sequence(der.octetString(noise(600))) }),
  'bits turned over in the names': (requestDer) => ({ content: requestDer.with(24, requestDer[24]! ^ 1) }),
  'bits turned over in the signature': (requestDer) => ({
    content: requestDer.with(requestDer.length - 20, requestDer.at(-20)! ^ 1),
  }),
};

export function paddingMessage(kind: string, { recipient, signer, requestDer }: PaddingParts): Uint8Array {
  const { content = requestDer, ...fields } = paddingKinds[kind]!(requestDer);
  const envelope = encodeEnvelope(content, recipient, fields);
  return signAttributes(encodeAttributes('PKCSReq', envelope, signer), envelope, signer);
}

function block(head: readonly number[], padding: number, key: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.from(head), nonZero(padding), Uint8Array.of(0), key);
}

function nonZero(length: number): Uint8Array {
  return Uint8Array.from(randomBytes(length), (octet) => (octet % 255) + 1);
}

function noise(length: number): Uint8Array {
  return new Uint8Array(randomBytes(length));
}

function lastOctet(padded: Uint8Array, octet: number): Uint8Array {
  return padded.with(padded.length - 1, octet);
}
