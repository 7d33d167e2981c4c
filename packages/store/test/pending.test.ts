import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { PendingRequest } from '@touchmark/ca';
import {
  authority,
  dossier,
  findOutcome,
  findSecret,
  later,
  newAttempt,
  newAudit,
  newId,
  newIntent,
  newSecret,
  noGuard,
  now,
  random,
} from './records.ts';
import { other, registry } from './two-nodes.ts';

function newPending(changes: Partial<PendingRequest> = {}): PendingRequest {
  return {
    id: newId(),
    protocol: 'scep',
    operation: 'PKCSReq',
    endpointLabel: 'factory',
    transactionId: randomUUID(),
    requestDer: random(300),
    requestDigest: random(32),
    publicKeySha256: random(32),
    deviceId: 'pump-1',
    caller: { kind: 'anyone' },
    remoteAddress: '192.0.2.1',
    attemptId: newId(),
    requestedAt: now,
    expiresAt: later(86_400),
    state: 'pending',
    approvedFor: undefined,
    decidedAt: undefined,
    decidedBy: undefined,
    reason: undefined,
    ...changes,
  };
}

const manyFit = { atEndpoint: 10_000, ofAddress: 10_000 };
const put = (request: PendingRequest, at = registry, limits = manyFit) =>
  at.pending.recordPending(request, newAttempt({ id: request.attemptId, outcome: 'pending' }), limits);
const approval = {
  state: 'approved',
  decidedAt: later(60),
  decidedBy: 'officer',
  reason: undefined,
  approvedFor: { authorityId: authority.id, profileName: 'device', profileVersion: 1 },
} as const;
const rejection = { ...approval, state: 'rejected', reason: 'not of this plant', approvedFor: undefined } as const;

describe('a request that waits', () => {
  it('is found by id, by transaction and key, and in the dossier of the same request', async () => {
    const request = newPending();
    expect(await put(request)).toEqual({ kind: 'recorded' });
    expect(await other.pending.findPending(request.id)).toEqual(request);
    const { endpointLabel, transactionId, publicKeySha256, requestDigest } = request;
    expect(await registry.pending.findPendingByTransaction(endpointLabel, transactionId!, publicKeySha256)).toEqual(
      request,
    );
    expect(await registry.pending.findPendingByTransaction('other', transactionId!, publicKeySha256)).toBeUndefined();
    expect(await registry.pending.findPendingByTransaction(endpointLabel, transactionId!, random(32))).toBeUndefined();
    expect((await dossier(registry, { requestDigest })).approval).toEqual({
      id: request.id,
      state: 'pending',
      reason: undefined,
      expiresAt: request.expiresAt,
      decidedAt: undefined,
      approvedFor: undefined,
    });
    expect(await registry.admin.getAttempt(request.attemptId)).toMatchObject({ outcome: 'pending' });
  });

  it('is recorded once: again by the same run after a lost answer, and as a duplicate by others', async () => {
    const request = newPending();
    await put(request);
    expect(await put(request)).toEqual({ kind: 'recorded' });
    const again = newPending({ requestDigest: request.requestDigest });
    expect(await put(again, other)).toMatchObject({
      kind: 'duplicate',
      approval: { id: request.id, state: 'pending' },
    });
  });

  it('spends its secret; of 64 requests with one secret at two nodes, one waits', async () => {
    const secretId = await newSecret(registry);
    const results = await Promise.all(
      Array.from({ length: 64 }, (_, index) =>
        put(newPending({ caller: { kind: 'secret', secretId } }), index % 2 === 0 ? registry : other),
      ),
    );
    expect(results.filter(({ kind }) => kind === 'recorded')).toHaveLength(1);
    expect(results.filter(({ kind }) => kind === 'secretSpent')).toHaveLength(63);
    expect((await findSecret(registry, secretId))?.uses).toBe(1);
  });

  it('spends no secret that is expired or revoked', async () => {
    const expired = await newSecret(registry, { expiresAt: now });
    expect(await put(newPending({ caller: { kind: 'secret', secretId: expired } }))).toEqual({ kind: 'secretSpent' });
    const revoked = await newSecret(registry);
    await registry.admin.revokeSecret('factory', revoked, now, newAudit());
    expect(await put(newPending({ caller: { kind: 'secret', secretId: revoked } }))).toEqual({ kind: 'secretSpent' });
  });

  it('is one of a limited number, also when many come at once to two nodes; what is void does not count', async () => {
    await registry.admin.insertEndpoint({
      label: 'narrow',
      protocol: 'scep',
      authorityId: (await registry.admin.listAuthorities())[0]!.id,
      profileName: 'device',
      acceptsSecret: false,
      acceptsCertificate: false,
      approval: 'manual',
      acceptsAnyone: true,
    });
    await put(newPending({ endpointLabel: 'narrow', requestedAt: later(-7200), expiresAt: later(-3600) }));
    const results = await Promise.all(
      Array.from({ length: 24 }, (_, index) =>
        put(newPending({ endpointLabel: 'narrow' }), index % 2 === 0 ? registry : other, {
          atEndpoint: 5,
          ofAddress: 5,
        }),
      ),
    );
    expect(results.filter(({ kind }) => kind === 'recorded')).toHaveLength(5);
    expect(results.filter(({ kind }) => kind === 'tooMany')).toHaveLength(19);
  });
});

it('strangers at one address take no more than their share of the places, and others find room', async () => {
  const limits = { atEndpoint: 10_000, ofAddress: 2 };
  const ask = (changes: Partial<PendingRequest>) =>
    put(newPending({ remoteAddress: '192.0.2.66', ...changes }), registry, limits);
  expect([(await ask({})).kind, (await ask({})).kind, (await ask({})).kind]).toEqual([
    'recorded',
    'recorded',
    'tooMany',
  ]);
  expect(await ask({ remoteAddress: '192.0.2.67' })).toEqual({ kind: 'recorded' });
  expect(await ask({ caller: { kind: 'secret', secretId: await newSecret(registry) } })).toEqual({ kind: 'recorded' });
});

describe('a decision', () => {
  it('to reject stands: of an approval and a rejection at the same time nothing is left but the rejection', async () => {
    for (let round = 0; round < 20; round++) {
      const { id } = await (async () => {
        const request = newPending();
        await put(request);
        return request;
      })();
      const decided = await Promise.all([
        registry.pending.decidePending(id, approval, newAudit({ subject: `request:${id}` })),
        other.pending.decidePending(id, rejection, newAudit({ subject: `request:${id}` })),
      ]);
      expect(decided[1]).toMatchObject(rejection);
      expect(await registry.pending.findPending(id)).toEqual(decided[1]);
      // Both that were acknowledged, or the one.
      const audit = await registry.admin.listAudit({ subject: `request:${id}` }, { limit: 10, cursor: undefined });
      expect(audit.items).toHaveLength(decided[0]?.state === 'approved' ? 2 : 1);
    }
  });

  it('to approve can be given anew, for the rules in force then; a rejection cannot', async () => {
    const [approved, rejected] = [newPending(), newPending()];
    await put(approved);
    await put(rejected);
    await registry.pending.decidePending(approved.id, approval, newAudit());
    await registry.pending.decidePending(rejected.id, rejection, newAudit());
    const anew = { ...approval, decidedAt: later(90), approvedFor: { ...approval.approvedFor, profileVersion: 2 } };
    expect(await registry.pending.decidePending(approved.id, anew, newAudit())).toMatchObject(anew);
    expect(await registry.pending.findPending(approved.id)).toMatchObject(anew);
    expect(await registry.pending.decidePending(rejected.id, anew, newAudit())).toMatchObject(rejection);
    expect((await dossier(registry, { requestDigest: approved.requestDigest })).approval).toMatchObject({
      state: 'approved',
      decidedAt: later(90),
      approvedFor: anew.approvedFor,
    });
  });

  const intentOf = ({ requestDigest }: PendingRequest) => newIntent({ requestDigest });
  const guardOf = ({ id }: PendingRequest) => ({ ...noGuard, approvedRequestId: id });
  const withdrawn = { kind: 'guardFailed', failure: 'approvalWithdrawn' };

  it('is what an intent is recorded by: none without a yes, nor after it was taken back, nor of a request that is gone', async () => {
    const request = newPending();
    const record = () => other.issuance.recordIntent(intentOf(request), guardOf(request));
    expect(await record()).toEqual(withdrawn);
    await put(request);
    expect(await record()).toEqual(withdrawn);
    await registry.pending.decidePending(request.id, approval, newAudit());
    expect(await registry.pending.decidePending(request.id, rejection, newAudit())).toMatchObject(rejection);
    expect(await record()).toEqual(withdrawn);
    expect((await findOutcome(registry, request.requestDigest))?.intent).toBeUndefined();
  });

  it('cannot be taken back once an intent is recorded', async () => {
    const request = newPending();
    await put(request);
    await registry.pending.decidePending(request.id, approval, newAudit());
    expect(await registry.issuance.recordIntent(intentOf(request), guardOf(request))).toEqual({ kind: 'recorded' });
    expect(await registry.pending.decidePending(request.id, rejection, newAudit())).toMatchObject(approval);
    expect(await registry.pending.findPending(request.id)).toMatchObject(approval);
  });

  it('taken back while an intent is being recorded: one of the two, in each of 100 rounds', async () => {
    const seen = new Set<string>();
    for (let round = 0; round < 100; round++) {
      const request = newPending();
      await put(request);
      await registry.pending.decidePending(request.id, approval, newAudit());
      const [recorded, decided] = await Promise.all([
        other.issuance.recordIntent(intentOf(request), guardOf(request)),
        sleep(round % 10).then(() => registry.pending.decidePending(request.id, rejection, newAudit())),
      ]);
      expect(recorded.kind === 'recorded').toBe(decided?.state === 'approved');
      seen.add(recorded.kind);
    }
    expect(seen.has('recorded')).toBe(true);
  });

  it('on what does not exist is undefined', async () => {
    expect(await registry.pending.decidePending(newId(), approval, newAudit())).toBeUndefined();
    expect(await registry.pending.decidePending('no id', approval, newAudit())).toBeUndefined();
  });
});

describe('the listing', () => {
  it('has those that wait, or all of an endpoint, in pages; pruning takes what is long decided or void', async () => {
    await registry.admin.insertEndpoint({
      label: 'listed',
      protocol: 'scep',
      authorityId: (await registry.admin.listAuthorities())[0]!.id,
      profileName: 'device',
      acceptsSecret: true,
      acceptsCertificate: true,
    });
    const requests = Array.from({ length: 5 }, () => newPending({ endpointLabel: 'listed', id: newId(later(1)) }));
    for (const request of requests) await put(request);
    await registry.pending.decidePending(requests[0]!.id, rejection, newAudit());
    const list = (state: 'pending' | undefined, at = now, cursor?: string) =>
      registry.admin.listPendingRequests({ state, endpointLabel: 'listed', at }, { limit: 2, cursor });
    const first = await list(undefined);
    const second = await list(undefined, now, first.nextCursor);
    const third = await list(undefined, now, second.nextCursor);
    const ids = [...first.items, ...second.items, ...third.items].map(({ id }) => id);
    expect(new Set(ids)).toEqual(new Set(requests.map(({ id }) => id)));
    expect(third.nextCursor).toBeUndefined();
    const waiting = await registry.admin.listPendingRequests(
      { state: 'pending', endpointLabel: 'listed', at: now },
      { limit: 10, cursor: undefined },
    );
    expect(waiting.items).toHaveLength(4);
    expect((await list('pending', later(90_000))).items).toEqual([]);
    expect(await registry.admin.prunePendingRequests(later(61))).toBeGreaterThanOrEqual(1);
    expect(await registry.pending.findPending(requests[0]!.id)).toBeUndefined();
    expect(await registry.pending.findPending(requests[1]!.id)).toBeDefined();
  });
});
