import { beforeAll, describe, expect, it } from '@jest/globals';
import { der, equalBytes, rfc6960, toHex } from '@touchmark/asn1';
import { CaError } from '@touchmark/ca';
import type { CaErrorCode } from '@touchmark/ca';
import { createSoftwareSigner, generateKeyPair, keyAlgorithmNames, sha1 } from '@touchmark/crypto';
import { createOcspResponder } from '../src/index.ts';
import type { OcspAnswer } from '../src/index.ts';
import { publicKeyBits } from '../src/cert-id.ts';
import { authorityId, createFixture, good, never, revokedAt, revokedWith } from './support/fixture.ts';
import type { Fixture } from './support/fixture.ts';
import type { certify } from './support/pki.ts';
import { certifyAuthority, certifyLeaf, certifyResponder, day, frozenNow, hour } from './support/pki.ts';
import { pkijsStatus, readResponse } from './support/read-response.ts';
import { certIdFor, encodeRequest, nonceExtension, simpleRequest, single } from './support/requests.ts';
import { MemoryStatuses } from './support/statuses.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await createFixture();
});

async function ask(requestDer: Uint8Array): Promise<Extract<OcspAnswer, { kind: 'signed' }>> {
  const answer = await fixture.responder.respond(requestDer);
  if (answer.kind === 'error') throw new Error(`answered ${answer.status}`);
  return answer;
}

describe('RFC 6960 §2.2 certStatus', () => {
  it.each(['sha1', 'sha256'] as const)('good, and the CertID as asked with %s', async (hashName) => {
    const certIdDer = certIdFor(fixture.issuing, good, hashName);
    const { responseDer } = await ask(simpleRequest(certIdDer));
    const { singles } = readResponse(responseDer);
    expect(singles).toEqual([expect.objectContaining({ serial: toHex(good), status: 'good' })]);
    expect(Buffer.from(responseDer).includes(Buffer.from(certIdDer))).toBe(true);
  });

  it.each(revokedWith.map(([serial, reason, code]) => [reason, serial, code] as const))(
    'revoked with %s',
    async (_, serial, code) => {
      const { responseDer } = await ask(simpleRequest(certIdFor(fixture.issuing, serial)));
      expect(readResponse(responseDer).singles).toEqual([
        expect.objectContaining({ status: 'revoked', revokedAt, reason: code }),
      ]);
    },
  );

  it('unknown for a serial number that was never issued, never "good"', async () => {
    const answer = await ask(simpleRequest(certIdFor(fixture.issuing, never)));
    expect(readResponse(answer.responseDer).singles).toEqual([expect.objectContaining({ status: 'unknown' })]);
    expect(answer.tag).toBeUndefined();
  });

  it('several certificates in one answer, in the order asked, a foreign one unknown', async () => {
    const foreign = await certifyAuthority('Somebody else');
    const revoked = revokedWith[1]?.[0] ?? never;
    const { responseDer } = await ask(
      encodeRequest({
        requests: [
          single(certIdFor(fixture.issuing, revoked, 'sha256')),
          single(certIdFor(foreign, good)),
          single(certIdFor(fixture.issuing, good)),
        ],
      }),
    );
    expect(readResponse(responseDer).singles.map(({ status }) => status)).toEqual(['revoked', 'unknown', 'good']);
  });
});

describe('RFC 6960 §4.2 the response', () => {
  it('names the responder by the SHA-1 of its key and carries its certificate', async () => {
    const { responseDer } = await ask(simpleRequest(certIdFor(fixture.issuing, good)));
    const { responderKeyHash, certificates, status } = readResponse(responseDer);
    expect(status).toBe(0);
    expect(certificates).toBe(1);
    expect(responderKeyHash).toBe(toHex(sha1(publicKeyBits(fixture.delegate.signer.subjectPublicKeyInfoDer))));
    expect(Buffer.from(responseDer).includes(Buffer.from(fixture.delegate.certificateDer))).toBe(true);
  });

  it('always has nextUpdate, 24 hours on', async () => {
    const { responseDer } = await ask(simpleRequest(certIdFor(fixture.issuing, never)));
    const { singles, producedAt } = readResponse(responseDer);
    expect(producedAt).toEqual(frozenNow);
    expect(singles[0]?.thisUpdate).toEqual(frozenNow);
    expect(singles[0]?.nextUpdate).toEqual(new Date(frozenNow.getTime() + day));
  });

  it('RFC 9654 repeats the nonce, and only when there is one', async () => {
    const nonce = Uint8Array.from({ length: 32 }, (_, index) => index);
    const withNonce = await ask(simpleRequest(certIdFor(fixture.issuing, good), nonce));
    expect(readResponse(withNonce.responseDer).extensions).toEqual(
      new Map([[rfc6960['id-pkix-ocsp-nonce'], toHex(der.octetString(nonce))]]),
    );
    const without = await ask(simpleRequest(certIdFor(fixture.issuing, good)));
    expect(readResponse(without.responseDer).extensions.size).toBe(0);
  });

  it.each(keyAlgorithmNames.filter((name) => name.startsWith('ec-') || name === 'rsa-2048'))(
    'PKI.js verifies an answer of an %s hierarchy and finds the status',
    async (keyAlgorithm) => {
      const issuing = await certifyAuthority('Issuing CA', undefined, keyAlgorithm);
      const delegate = await certifyResponder(issuing, { keyAlgorithm });
      const leaf = await certifyLeaf(issuing, good);
      const statuses = new MemoryStatuses();
      statuses.issue(authorityId, good);
      const responder = createOcspResponder({
        authority: { id: authorityId, certificateDer: issuing.certificateDer },
        statuses,
        responder: () => delegate,
        clock: { now: () => new Date() },
      });
      const before = await responder.respond(simpleRequest(certIdFor(issuing, good)));
      expect(await pkijsStatus(before.responseDer, leaf.certificateDer, issuing.certificateDer)).toEqual({
        verified: true,
        isForCertificate: true,
        status: 0,
      });
      statuses.revoke(authorityId, good, 'superseded', new Date());
      const after = await responder.respond(simpleRequest(certIdFor(issuing, good)));
      expect(await pkijsStatus(after.responseDer, leaf.certificateDer, issuing.certificateDer)).toMatchObject({
        verified: true,
        status: 1,
      });
    },
  );
});

describe('answers from memory', () => {
  it('signs once for many, and anew at half of the life', async () => {
    const own = await createFixture();
    const request = simpleRequest(certIdFor(own.issuing, good));
    const first = await own.responder.respond(request);
    own.clock.time = new Date(frozenNow.getTime() + 12 * hour - 1000);
    expect(await own.responder.respond(request)).toMatchObject({ responseDer: first.responseDer });
    expect(own.signatures()).toBe(1);
    own.clock.time = new Date(frozenNow.getTime() + 12 * hour);
    await own.responder.respond(request);
    expect(own.signatures()).toBe(2);
  });

  it('V7 a revocation is in the very next answer', async () => {
    const own = await createFixture();
    const request = simpleRequest(certIdFor(own.issuing, good));
    await own.responder.respond(request);
    own.statuses.revoke(authorityId, good, 'keyCompromise', frozenNow);
    const { responseDer } = await own.responder.respond(request);
    expect(readResponse(responseDer).singles[0]?.status).toBe('revoked');
  });

  it('a hold that ends is good again at once', async () => {
    const own = await createFixture();
    const request = simpleRequest(certIdFor(own.issuing, good));
    own.statuses.revoke(authorityId, good, 'certificateHold', frozenNow);
    const held = readResponse((await own.responder.respond(request)).responseDer);
    expect(held.singles[0]).toMatchObject({ status: 'revoked', reason: 6 });
    own.statuses.issue(authorityId, good);
    expect(readResponse((await own.responder.respond(request)).responseDer).singles[0]?.status).toBe('good');
  });

  it('looks the status up for each request, also when the signature is reused', async () => {
    const own = await createFixture();
    const request = simpleRequest(certIdFor(own.issuing, good));
    for (let count = 0; count < 5; count++) await own.responder.respond(request);
    expect(own.statuses.lookups).toBe(5);
    expect(own.signatures()).toBe(1);
  });

  it('a nonce forces a signature of its own', async () => {
    const own = await createFixture();
    const request = simpleRequest(certIdFor(own.issuing, good), Uint8Array.of(1, 2, 3));
    const answers = [await own.responder.respond(request), await own.responder.respond(request)];
    expect(own.signatures()).toBe(2);
    expect(answers).toEqual([expect.objectContaining({ tag: undefined }), expect.objectContaining({ tag: undefined })]);
  });

  it('is bounded: the least recently asked goes first', async () => {
    const own = await createFixture({ cacheCapacity: 2 });
    const [a, b, c] = [1, 2, 3].map((last) => Uint8Array.of(0x60, last));
    for (const serial of [a, b, c]) own.statuses.issue(authorityId, serial ?? never);
    const askFor = (serial = never): Promise<OcspAnswer> =>
      own.responder.respond(simpleRequest(certIdFor(own.issuing, serial)));
    await askFor(a);
    await askFor(b);
    await askFor(a);
    await askFor(c);
    expect(own.signatures()).toBe(3);
    await askFor(a);
    expect(own.signatures()).toBe(3);
    await askFor(b);
    expect(own.signatures()).toBe(4);
  });

  it('serials that were never issued do not push the others out', async () => {
    const own = await createFixture({ cacheCapacity: 1 });
    const request = simpleRequest(certIdFor(own.issuing, good));
    await own.responder.respond(request);
    await own.responder.respond(simpleRequest(certIdFor(own.issuing, never)));
    await own.responder.respond(request);
    expect(own.signatures()).toBe(2);
  });
});

describe('RFC 6960 §2.3 answers that are not signed', () => {
  it('unauthorized for an issuer that is not ours', async () => {
    const foreign = await certifyAuthority('Issuing CA');
    for (const request of [simpleRequest(certIdFor(foreign, good)), simpleRequest(certIdFor(fixture.root, good))]) {
      const answer = await fixture.responder.respond(request);
      expect(answer).toMatchObject({ kind: 'error', status: 'unauthorized' });
      expect(readResponse(answer.responseDer).status).toBe(6);
    }
  });

  it('unauthorized for our key under another name, and for a hash we do not know', async () => {
    const renamed = { ...fixture.issuing, nameDer: fixture.root.nameDer };
    const sha512 = der.sequence(
      der.sequence(der.oid('2.16.840.1.101.3.4.2.3')),
      der.octetString(new Uint8Array(64)),
      der.octetString(new Uint8Array(64)),
      der.integerBytes(good),
    );
    for (const certIdDer of [certIdFor(renamed, good), sha512]) {
      expect(await fixture.responder.respond(simpleRequest(certIdDer))).toMatchObject({ status: 'unauthorized' });
    }
  });

  it('malformedRequest for what is no request', async () => {
    const answer = await fixture.responder.respond(new TextEncoder().encode('hello'));
    expect(equalBytes(answer.responseDer, Uint8Array.of(0x30, 3, 0x0a, 1, 1))).toBe(true);
  });

  const failures: readonly [CaErrorCode, string, number][] = [
    ['registryUnavailable', 'tryLater', 3],
    ['notReady', 'tryLater', 3],
    ['clockWentBack', 'tryLater', 3],
    ['overloaded', 'tryLater', 3],
    ['internal', 'internalError', 2],
  ];
  it.each(failures)('a registry that fails with %s gives %s', async (code, status, value) => {
    const own = await createFixture({
      statuses: { findStatuses: () => Promise.reject(new CaError(code, 'select * from secrets')) },
    });
    const answer = await own.responder.respond(simpleRequest(certIdFor(own.issuing, good)));
    expect(answer).toMatchObject({ kind: 'error', status });
    expect(answer.responseDer).toEqual(Uint8Array.of(0x30, 3, 0x0a, 1, value));
    expect(own.errors).toHaveLength(1);
  });

  it('internalError, without text, for whatever else fails', async () => {
    const own = await createFixture({
      responder: () => {
        throw new TypeError('key file /secret/path is gone');
      },
    });
    const answer = await own.responder.respond(simpleRequest(certIdFor(own.issuing, good)));
    expect(answer.responseDer).toEqual(Uint8Array.of(0x30, 3, 0x0a, 1, 2));
  });
});

describe('RFC 6960 §4.2.2.2 the delegated responder', () => {
  const respondWith = async (identity: Awaited<ReturnType<typeof certify>>, own: Fixture): Promise<OcspAnswer> => {
    const responder = createOcspResponder({
      authority: { id: authorityId, certificateDer: own.issuing.certificateDer },
      statuses: own.statuses,
      responder: () => identity,
      clock: own.clock,
    });
    return responder.respond(simpleRequest(certIdFor(own.issuing, good)));
  };

  it('is not used without id-kp-OCSPSigning', async () => {
    const own = await createFixture();
    const leaf = await certifyLeaf(own.issuing, Uint8Array.of(9));
    expect(await respondWith(leaf, own)).toMatchObject({ status: 'internalError' });
  });

  it('is not used when another CA issued its certificate, even one of the same name', async () => {
    const own = await createFixture();
    const impostor = await certifyAuthority('Issuing CA');
    for (const issuer of [own.root, impostor]) {
      expect(await respondWith(await certifyResponder(issuer), own)).toMatchObject({ status: 'internalError' });
    }
  });

  it('is not used when its key does not belong to its certificate', async () => {
    const own = await createFixture();
    const { privateKey } = await generateKeyPair('ec-p256');
    const mixedUp = { ...own.delegate, signer: createSoftwareSigner(privateKey) };
    expect(await respondWith(mixedUp, own)).toMatchObject({ status: 'internalError' });
  });

  it('is not used when it has expired: tryLater', async () => {
    const own = await createFixture();
    const expired = await certifyResponder(own.issuing, { notAfter: new Date(frozenNow.getTime() - 1000) });
    expect(await respondWith(expired, own)).toMatchObject({ status: 'tryLater' });
  });

  it('never promises more than its own certificate holds', async () => {
    const own = await createFixture();
    const notAfter = new Date(frozenNow.getTime() + 3 * hour);
    const answer = await respondWith(await certifyResponder(own.issuing, { notAfter }), own);
    expect(readResponse(answer.responseDer).singles[0]?.nextUpdate).toEqual(notAfter);
  });

  it('may be the authority itself, which needs no certificate in the answer', async () => {
    const own = await createFixture();
    const answer = await respondWith(own.issuing, own);
    expect(readResponse(answer.responseDer)).toMatchObject({ status: 0, certificates: 0 });
  });

  it('is taken over from when it is renewed', async () => {
    const own = await createFixture();
    let current = own.delegate;
    const responder = createOcspResponder({
      authority: { id: authorityId, certificateDer: own.issuing.certificateDer },
      statuses: own.statuses,
      responder: () => current,
      clock: own.clock,
    });
    const request = encodeRequest({
      requests: [single(certIdFor(own.issuing, good))],
      extensions: [nonceExtension(Uint8Array.of(5))],
    });
    await responder.respond(request);
    current = await certifyResponder(own.issuing);
    const { responderKeyHash } = readResponse((await responder.respond(request)).responseDer);
    expect(responderKeyHash).toBe(toHex(sha1(publicKeyBits(current.signer.subjectPublicKeyInfoDer))));
  });
});
