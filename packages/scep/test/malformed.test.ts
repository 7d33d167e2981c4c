/** Damaged and hostile messages: an answer each, nothing asked of the authority, no time and memory to speak of. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { der, rfc5652 } from '@touchmark/asn1';
import type { HttpResponse } from '@touchmark/http';
import fc from 'fast-check';
import { maxMessageBytes } from '../src/index.ts';
import { buildMessage, toBer } from './support/message-builder.ts';
import { requestOf } from './support/requests.ts';
import { ask, field, post, ScriptedAuthority } from './support/scripted-authority.ts';
import { createWorld } from './support/world.ts';
import type { World } from './support/world.ts';

let world: World;
let message: Uint8Array;
let berMessage: Uint8Array;

beforeAll(async () => {
  world = await createWorld();
  const fields = { signer: world.device, recipient: world.ra, content: await requestOf(world.device, 'secret') };
  message = buildMessage(fields);
  berMessage = buildMessage({ ...fields, ber: true });
});

/** The answer to what is not as it was signed; nothing may come of it. */
async function refused(octets: Uint8Array): Promise<HttpResponse> {
  const authority = new ScriptedAuthority(world);
  const faults: unknown[] = [];
  const response = await ask(authority, post(octets), { onError: (error) => faults.push(error) });
  expect(faults).toEqual([]);
  expect([200, 400]).toContain(response.status);
  expect(field(response, 'Touchmark-Attempt')).toBe('early-1');
  expect(authority.asked).toBe(0);
  expect(authority.refusals).toHaveLength(1);
  return response;
}

describe('a message that is cut off', () => {
  it('at any octet is 400', async () => {
    for (let length = 1; length < message.length; length++) {
      expect((await refused(message.subarray(0, length))).status).toBe(400);
    }
  });

  it('at any octet of its BER is 400', async () => {
    for (let length = 1; length < berMessage.length; length++) {
      expect((await refused(berMessage.subarray(0, length))).status).toBe(400);
    }
  });

  it('or has more behind it is 400', async () => {
    expect((await refused(new Uint8Array(Buffer.concat([message, Buffer.alloc(1)])))).status).toBe(400);
  });
});

describe('a message with an octet changed', () => {
  it('is refused, or was not signed there', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(message.length - 1), fc.integer({ min: 1, max: 255 }), async (index, change) => {
        const changed = message.with(index, message[index]! ^ change);
        const authority = new ScriptedAuthority(world);
        const faults: unknown[] = [];
        const response = await ask(authority, post(changed), { onError: (error) => faults.push(error) });
        expect(faults).toEqual([]);
        expect([200, 400]).toContain(response.status);
        // What is not covered by the signature: versions, and the certificate but for its key and name.
        if (authority.requests.length > 0) expect(authority.requests[0]!.requestDer).toEqual(await request());
      }),
      { numRuns: 1500 },
    );
  });

  const request = async (): Promise<Uint8Array> => requestDer ?? (requestDer = await seenRequest());
  let requestDer: Uint8Array | undefined;
  const seenRequest = async (): Promise<Uint8Array> => {
    const authority = new ScriptedAuthority(world);
    await ask(authority, post(message));
    return authority.requests[0]!.requestDer;
  };
});

/** A SEQUENCE of that many NULLs. */
function nulls(count: number): Uint8Array {
  return der.tlv(
    0x30,
    new Uint8Array(2 * count).map((_, index) => (index % 2 === 0 ? 0x05 : 0x00)),
  );
}

describe('an ASN.1 bomb', () => {
  const definite = (levels: number): Uint8Array => {
    let nested = der.sequence();
    for (let level = 1; level < levels; level++) nested = der.sequence(nested);
    return nested;
  };
  const inSignedData = (content: Uint8Array): Uint8Array =>
    der.sequence(der.oid(rfc5652['id-signedData']), der.explicit(0, content));

  it.each<[string, () => Uint8Array]>([
    ['a thousand levels', () => definite(1000)],
    ['a thousand levels of indefinite length', () => toBer(definite(1000))],
    [
      '256 KiB of beginnings of indefinite length',
      () => new Uint8Array(maxMessageBytes).map((_, i) => (i % 2 ? 0x80 : 0x30)),
    ],
    ['100 000 elements', () => inSignedData(nulls(100_000))],
    [
      '60 000 pieces of a string',
      () =>
        inSignedData(
          der.sequence(
            der.integer(1),
            der.set(),
            der.sequence(
              der.oid(rfc5652['id-data']),
              der.explicit(
                0,
                der.tlv(0x24, ...Array.from({ length: 60_000 }, () => der.octetString(Uint8Array.of(1)))),
              ),
            ),
          ),
        ),
    ],
    ['a length of 2^56', () => Uint8Array.of(0x30, 0x88, 0x01, 0, 0, 0, 0, 0, 0, 0, 0)],
    ['a length of 127 octets', () => new Uint8Array(200).fill(0xff).with(0, 0x30)],
    ['256 KiB of zeros', () => new Uint8Array(maxMessageBytes)],
    [
      '256 KiB of end-of-contents behind a beginning',
      () => new Uint8Array(maxMessageBytes).with(0, 0x30).with(1, 0x80),
    ],
  ])('%s', async (_, bomb) => {
    const octets = bomb();
    const start = performance.now();
    expect((await refused(octets)).status).toBe(400);
    // Milliseconds in truth; what goes wrong here takes minutes.
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it.each<[string, () => Uint8Array]>([
    ['of a thousand levels', () => toBer(definite(1000))],
    ['of 100 000 elements', () => nulls(100_000)],
  ])('in place of the envelope, signed: %s', async (_, bomb) => {
    const octets = buildMessage({
      signer: world.device,
      recipient: world.ra,
      content: new Uint8Array(8),
      envelope: { encryptedContent: bomb },
    });
    const start = performance.now();
    expect((await refused(octets)).status).toBe(200);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('encrypted, of 60 000 elements', async () => {
    const content = nulls(60_000);
    const octets = buildMessage({ signer: world.device, recipient: world.ra, content });
    const response = await refused(octets);
    expect(field(response, 'Touchmark-Reason')).toBe('messageNotDecrypted');
  });
});

describe('what is no message of SCEP is 400', () => {
  it.each<[string, () => Promise<Uint8Array> | Uint8Array]>([
    ['a PKCS #10 request', () => requestOf(world.device)],
    ['a certificate', () => world.device.certificate.der],
    ['an EnvelopedData', () => der.sequence(der.oid(rfc5652['id-envelopedData']), der.explicit(0, der.sequence()))],
    ['text', () => new TextEncoder().encode('operation=PKIOperation')],
    ['base64 of one', () => new TextEncoder().encode(Buffer.from(message).toString('base64'))],
    ['NULL', () => der.null()],
  ])('%s', async (_, octets) => {
    const response = await refused(await octets());
    expect(response.status).toBe(400);
    expect(field(response, 'Touchmark-Reason')).toBe('messageMalformed');
  });
});
