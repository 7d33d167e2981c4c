/** Callers that prove nothing fill no registry. */
import { expect, it } from '@jest/globals';
import { buildCertificationRequest } from '@touchmark/testkit';
import type { PendingRequest } from '@touchmark/ca';
import { createWorld, wrongSecret } from '../support/enrollment-world.ts';

it('a thousand refusals of one address are written down, with short names; the others are told and forgotten', async () => {
  const world = await createWorld();
  const { certificationRequestDer } = await buildCertificationRequest({
    commonName: 'n'.repeat(64),
    subjectAltNames: Array.from({ length: 64 }, (_, at) => ({ kind: 'dns', value: `${'a'.repeat(60)}${at}.example` })),
  });
  const credentials = { password: { userName: '', value: wrongSecret }, certificateDer: undefined };
  for (let count = 0; count < 1010; count++) {
    const outcome = await world.enroll(certificationRequestDer, { credentials });
    expect(outcome).toMatchObject({ kind: 'refused', error: { code: 'secretWrong' } });
  }
  expect(world.attempts.length).toBeGreaterThanOrEqual(1000);
  // One more for each second that it took.
  expect(world.attempts.length).toBeLessThan(1010);
  for (const { asked, requestDer } of world.attempts) {
    expect(requestDer).toBeUndefined();
    expect(JSON.stringify(asked).length).toBeLessThan(600);
  }
  await world.enroll(certificationRequestDer, { credentials, remoteAddress: '192.0.2.8' });
  expect(world.attempts.at(-1)).toMatchObject({ remoteAddress: '192.0.2.8', asked: { subjectAltNameCount: 64 } });
}, 60_000);

const noCredentials = { password: undefined, certificateDer: undefined };

function newWaiting(requestDer: Uint8Array, changes: Partial<PendingRequest> = {}): PendingRequest {
  const day = 86_400_000;
  return {
    id: '01936d2e-0000-7000-8000-000000000001',
    protocol: 'est',
    operation: 'simpleenroll',
    endpointLabel: 'factory',
    transactionId: 'T1',
    requestDer,
    requestDigest: new Uint8Array(32),
    publicKeySha256: new Uint8Array(32),
    deviceId: 'pump-1',
    caller: { kind: 'anyone' },
    remoteAddress: '192.0.2.7',
    attemptId: '01936d2e-0000-7000-8000-000000000002',
    requestedAt: new Date(),
    expiresAt: new Date(Date.now() + day),
    state: 'pending',
    approvedFor: undefined,
    decidedAt: undefined,
    decidedBy: undefined,
    reason: undefined,
    ...changes,
  };
}

it('a request that waits, sent by hundreds at once, is written down within the same limit, and kept by none of them', async () => {
  const { certificationRequestDer } = await buildCertificationRequest({ commonName: 'pump-1' });
  const world = await createWorld({ waiting: newWaiting(certificationRequestDer) });
  const limit = 1000;
  for (let round = 0; round < 4; round++) {
    const all = Array.from({ length: 400 }, () =>
      world.enroll(certificationRequestDer, { credentials: noCredentials }),
    );
    expect(new Set((await Promise.all(all)).map(({ kind }) => kind))).toEqual(new Set(['pending']));
  }
  // One more for each second that it took.
  expect(world.attempts.length).toBeLessThan(limit + 60);
  expect(world.attempts.length).toBeGreaterThanOrEqual(limit);
  expect(world.attempts.filter(({ requestDer }) => requestDer !== undefined)).toEqual([]);
}, 60_000);

it.each(['pending', 'approved', 'rejected'] as const)(
  'a question about a request that was %s, and is forgotten before it is judged, gets no certificate',
  async (state) => {
    const { certificationRequestDer } = await buildCertificationRequest({ commonName: 'pump-1' });
    const world = await createWorld({ waiting: newWaiting(certificationRequestDer, { state }) });
    expect(await world.poll()).toMatchObject({ kind: 'refused', error: { code: 'transactionUnknown' } });
    expect(world.issued).toEqual([]);
  },
);
