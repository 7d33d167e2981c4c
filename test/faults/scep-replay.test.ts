/**
 * SCEP has no connection of its own: whoever hears a message can send it again, at any time and to any node. What he gets is
 * what its sender got, or a refusal; nothing new is issued, and nothing that was revoked is given again.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { der, equalBytes, toHex } from '@touchmark/asn1';
import { sha256 } from '@touchmark/crypto';
import type { KeyPair } from '@touchmark/crypto';
import { startTestPostgres } from '@touchmark/store/testing';
import type { TestPostgres } from '@touchmark/store/testing';
import { frozenClock } from '@touchmark/testkit';
import { inParallel } from '../support/in-parallel.ts';
import {
  describeTold,
  holderOf,
  messageOf,
  readAnswer,
  recipientOf,
  requestOf,
  selfSignedAs,
} from '../support/scep-device.ts';
import type { AskedFields, Holder, Sent, Told } from '../support/scep-device.ts';
import { nodeEnvironment, ScepNode } from '../support/scep-node.ts';
import type { Issued } from '../support/scep-node.ts';
import { sharedPrimeKeys } from '../support/shared-prime-keys.ts';
import { newTouchmark } from '../support/touchmark.ts';
import type { Touchmark } from '../support/touchmark.ts';

/** How many of each kind are recorded. */
const counts = {
  'PKCSReq with a one-time secret': 200,
  'PKCSReq with the secret of a device': 60,
  'PKCSReq with a derived challenge': 140,
  RenewalReq: 180,
  'PKCSReq signed with a certificate': 60,
  'PKCSReq that waits': 90,
  CertPoll: 90,
  'PKCSReq with a wrong secret': 40,
  'PKCSReq with a spent secret': 40,
  'messageType 18': 40,
  'with another signature': 30,
  'RenewalReq of a revoked certificate': 30,
} as const;
type Kind = keyof typeof counts;

interface Recorded extends Sent {
  readonly kind: Kind;
  readonly deviceId: string;
  readonly told: Told;
}

type Asking = (message: Sent) => Promise<Told>;

const hour = 3_600_000;
const width = 8;
// Behind the present, so that a process with the clock of this host can carry on.
const clock = frozenClock(new Date(Math.floor(Date.now() / 1000) * 1000 - 3 * hour));
const keys = sharedPrimeKeys(760);
const takeKey = (): KeyPair => keys.pop()!;

let postgres: TestPostgres;
let node: ScepNode;
let recipient: Holder;
const recorded: Recorded[] = [];
const oneTimeSecrets: string[] = [];
let issued: Issued;

/** SHA-256 of certificates that were revoked or put on hold after they were given. */
const revoked = new Set<string>();
const decided = new Map<string, 'approved' | 'rejected'>();

beforeAll(async () => {
  postgres = await startTestPostgres();
  node = await ScepNode.open({ databaseUrl: postgres.databaseUrl, clock });
  await node.createEndpoint('yard');
  await node.createEndpoint('plant', { challenge: { kind: 'derived', settings: {} } });
  await node.core.challengeKeys.create('plant');
  await node.createEndpoint('gate', { approval: 'manual' });
  recipient = recipientOf(await node.recipient());
  await record();
  await changeWhatHappens();
  issued = await node.countIssued();
}, 300_000);

afterAll(async () => {
  await node?.close();
  await postgres?.stop();
});

const inProcess: Asking = async (message) =>
  readAnswer(await node.ask(message.label, message.octets), message, recipient);

async function send(
  kind: Kind,
  label: string,
  deviceId: string,
  fields: Omit<AskedFields, 'recipient'>,
): Promise<Recorded> {
  const message = messageOf(label, { ...fields, recipient });
  const entry = { ...message, kind, deviceId, told: await inProcess(message) };
  recorded.push(entry);
  return entry;
}

function each<T>(kind: Kind, work: (deviceId: string, index: number) => Promise<T>): Promise<T[]> {
  const name = kind.replaceAll(' ', '-').toLowerCase();
  return inParallel(Array.from({ length: counts[kind] }), width, (_, index) => work(`${name}-${index}`, index));
}

async function newSecret(label: string, deviceId?: string): Promise<string> {
  const { id, secret } = await node.createSecret(label, deviceId === undefined ? {} : { deviceId });
  oneTimeSecrets.push(id);
  return secret;
}

async function first(kind: Kind, label: string, deviceId: string, challenge: string): Promise<Recorded> {
  const key = takeKey();
  const signer = await selfSignedAs(deviceId, key);
  return send(kind, label, deviceId, { signer, content: await requestOf(deviceId, challenge, key) });
}

/** The sender with the certificate that he got. */
function certified({ told, signer }: Recorded): Holder {
  if (told.kind !== 'success' || told.certificateDer === undefined) throw new Error(describeTold(told));
  return holderOf(told.certificateDer, signer);
}

async function record(): Promise<void> {
  const bySecret = await each('PKCSReq with a one-time secret', async (deviceId) =>
    first('PKCSReq with a one-time secret', 'yard', deviceId, await newSecret('yard')),
  );
  await each('PKCSReq with the secret of a device', async (deviceId) =>
    first('PKCSReq with the secret of a device', 'yard', deviceId, await newSecret('yard', deviceId)),
  );
  const derived = await each('PKCSReq with a derived challenge', async (deviceId) =>
    first(
      'PKCSReq with a derived challenge',
      'plant',
      deviceId,
      await node.core.challengeKeys.derive('plant', deviceId),
    ),
  );
  await each('RenewalReq', async (_, index) => {
    const { deviceId } = bySecret[index]!;
    const content = await requestOf(deviceId);
    await send('RenewalReq', 'yard', deviceId, {
      signer: certified(bySecret[index]!),
      content,
      messageType: '17',
    });
  });
  await each('PKCSReq signed with a certificate', async (_, index) => {
    const { deviceId } = derived[index]!;
    const content = await requestOf(deviceId, 'stale');
    await send('PKCSReq signed with a certificate', 'plant', deviceId, { signer: certified(derived[index]!), content });
  });
  const waiting = await each('PKCSReq that waits', async (deviceId) =>
    first('PKCSReq that waits', 'gate', deviceId, await newSecret('gate')),
  );
  await each('CertPoll', async (_, index) => {
    const { signer, deviceId, transactionId } = waiting[index]!;
    const content = der.sequence(node.issuingCertificate.subject.der, signer.certificate.subject.der);
    await send('CertPoll', 'gate', deviceId, { signer, content, messageType: '20', transactionId });
  });
  await recordRefused();
}

async function recordRefused(): Promise<void> {
  await each('PKCSReq with a wrong secret', async (deviceId) =>
    first('PKCSReq with a wrong secret', 'yard', deviceId, `aaaaaaaa-${'a'.repeat(32)}`),
  );
  await each('PKCSReq with a spent secret', async (deviceId) => {
    const secret = await newSecret('yard');
    const owner = takeKey();
    const spending = messageOf('yard', {
      signer: await selfSignedAs(`${deviceId}-owner`, owner),
      recipient,
      content: await requestOf(`${deviceId}-owner`, secret, owner),
    });
    expect(await inProcess(spending)).toMatchObject({ kind: 'success' });
    await first('PKCSReq with a spent secret', 'yard', deviceId, secret);
  });
  const [key, secret] = [takeKey(), (await node.createSecret('yard')).secret];
  const signer = await selfSignedAs('unlucky', key);
  const content = await requestOf('unlucky', secret, key);
  await each('messageType 18', (deviceId) =>
    send('messageType 18', 'yard', deviceId, { signer, content, messageType: '18' }),
  );
  const turned = (signature: Uint8Array): Uint8Array => signature.map((octet, at) => (at === 9 ? octet ^ 1 : octet));
  await each('with another signature', (deviceId) =>
    send('with another signature', 'yard', deviceId, { signer, content, signature: turned }),
  );
  const holder = await enrolled('out-of-service');
  await revoke(holder.certificate.der);
  await each('RenewalReq of a revoked certificate', async (deviceId) =>
    send('RenewalReq of a revoked certificate', 'yard', deviceId, {
      signer: holder,
      content: await requestOf('out-of-service'),
      messageType: '17',
    }),
  );
}

async function enrolled(deviceId: string): Promise<Holder> {
  const key = takeKey();
  const message = messageOf('yard', {
    signer: await selfSignedAs(deviceId, key),
    recipient,
    content: await requestOf(deviceId, await newSecret('yard'), key),
  });
  const told = await inProcess(message);
  if (told.kind !== 'success' || told.certificateDer === undefined) throw new Error(describeTold(told));
  return holderOf(told.certificateDer, key);
}

const by = { principal: 'test', remoteAddress: undefined, correlationId: undefined };

async function revoke(certificateDer: Uint8Array, hold = false): Promise<void> {
  const { revocation, registry } = node.core;
  const found = await registry.revocation.findCertificateByFingerprint(sha256(certificateDer));
  const request = { ...by, certificate: found!.id };
  if (hold) await revocation.hold(request);
  else await revocation.revoke({ ...request, reason: 'cessationOfOperation', invalidityDate: undefined });
  revoked.add(toHex(sha256(certificateDer)));
}

/** Every seventh certificate is revoked, every eleventh put on hold; of what waits a part is approved, a part rejected. */
async function changeWhatHappens(): Promise<void> {
  const given = recorded.flatMap(({ told }) =>
    told.kind === 'success' && told.certificateDer !== undefined ? [told.certificateDer] : [],
  );
  await inParallel(given, width, async (certificateDer, index) => {
    if (index % 7 === 0) await revoke(certificateDer);
    else if (index % 11 === 0) await revoke(certificateDer, true);
  });
  const { rows } = await postgres.pool.query<{ id: string; deviceId: string }>(
    `SELECT id, device_id AS "deviceId" FROM pending_request ORDER BY id`,
  );
  await inParallel(rows, width, async ({ id, deviceId }, index) => {
    if (index % 3 === 0) {
      expect((await node.core.approvals.approve(id, by)).outcome.kind).toBe('issued');
      decided.set(deviceId, 'approved');
    } else if (index % 3 === 1) {
      await node.core.approvals.reject(id, undefined, by);
      decided.set(deviceId, 'rejected');
    }
  });
}

/** What speaks against the second answer. */
function objectionTo({ kind, deviceId, told: before }: Recorded, told: Told): string | undefined {
  const objection = `${kind} ${deviceId}: ${describeTold(before).slice(0, 60)}, and now ${describeTold(told).slice(0, 60)}`;
  const fingerprint = told.kind === 'success' ? toHex(sha256(told.certificateDer ?? new Uint8Array())) : undefined;
  if (fingerprint !== undefined && revoked.has(fingerprint)) return `given although revoked: ${objection}`;
  switch (before.kind) {
    case 'failure':
      return told.kind === 'failure' ? undefined : objection;
    case 'pending': {
      const expected = { approved: 'success', rejected: 'failure', waiting: 'pending' } as const;
      return told.kind === expected[decided.get(deviceId) ?? 'waiting'] ? undefined : objection;
    }
    case 'success': {
      if (told.kind !== 'success') return told.kind === 'failure' && mayBeRefused(before) ? undefined : objection;
      return equalBytes(told.certificateDer!, before.certificateDer!) ? undefined : objection;
    }
  }

  /** Nothing has happened to the others and to who asked for them: their senders can have lost the answer. */
  function mayBeRefused({ certificateDer }: Told & { kind: 'success' }): boolean {
    const signers = recorded.filter((each) => each.deviceId === deviceId).map(({ signer }) => signer.certificate.der);
    return [certificateDer!, ...signers].some((each) => revoked.has(toHex(sha256(each))));
  }
}

/** What the replays were given, by the message in hex. */
const givenFor = new Map<string, string>();

/** Resolves to how many were refused that had got a certificate. */
async function replay(messages: readonly Recorded[], asking: Asking, objecting = objectionTo): Promise<number> {
  let refused = 0;
  const objections = await inParallel(messages, width, async (message) => {
    const told = await asking(message);
    if (told.kind === 'failure' && message.told.kind === 'success') refused += 1;
    if (told.kind === 'success') {
      const fingerprint = toHex(sha256(told.certificateDer!));
      const earlier = givenFor.get(toHex(message.octets)) ?? fingerprint;
      if (earlier !== fingerprint) return `${message.deviceId} was given two certificates`;
      givenFor.set(toHex(message.octets), fingerprint);
    }
    return objecting(message, told);
  });
  expect(objections.filter((objection) => objection !== undefined)).toEqual([]);
  expect(await node.countIssued()).toEqual(issued);
  return refused;
}

it('a thousand messages were recorded, and were told what they should be', () => {
  const outcomes = new Map<string, number>();
  for (const { kind, told } of recorded) {
    const outcome = told.kind === 'failure' ? describeTold(told) : told.kind;
    outcomes.set(`${kind}: ${outcome}`, (outcomes.get(`${kind}: ${outcome}`) ?? 0) + 1);
  }
  expect(recorded).toHaveLength(1000);
  expect(Object.fromEntries(outcomes)).toEqual({
    'PKCSReq with a one-time secret: success': 200,
    'PKCSReq with the secret of a device: success': 60,
    'PKCSReq with a derived challenge: success': 140,
    'RenewalReq: success': 180,
    'PKCSReq signed with a certificate: success': 60,
    'PKCSReq that waits: pending': 90,
    'CertPoll: pending': 90,
    'PKCSReq with a wrong secret: badRequest secretWrong': 40,
    'PKCSReq with a spent secret: badRequest secretSpent': 40,
    'messageType 18: badRequest messageTypeUnknown': 40,
    'with another signature: badMessageCheck messageSignatureInvalid': 30,
    'RenewalReq of a revoked certificate: badRequest certificateRevoked': 30,
  });
  console.info([...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join('\n'));
});

const recordedCertificates = (): number => recorded.filter(({ told }) => told.kind === 'success').length;

describe('sent again, they get what they got or are refused, and nothing is issued', () => {
  it('after a second', async () => {
    clock.advance(1000);
    // A seventh and an eleventh of them, and who would renew with one of these.
    expect(await replay(recorded, inProcess)).toBeGreaterThan(recordedCertificates() / 6);
  }, 120_000);

  it('after an hour, when the intents have been cleared away', async () => {
    clock.advance(hour);
    await node.renew();
    const { intents } = issued;
    await node.core.registry.admin.pruneIntents(new Date(clock.now().getTime() - hour / 2));
    issued = await node.countIssued();
    expect(issued.intents).toBeLessThan(intents);
    await replay(recorded, inProcess);
  }, 120_000);

  it('after a restart', async () => {
    await node.close();
    node = await ScepNode.open({ databaseUrl: postgres.databaseUrl, clock });
    await replay(recorded, inProcess);
  }, 120_000);

  it('at another endpoint of the same authority and profile', async () => {
    const elsewhere = recorded.map((each) => ({ ...each, label: each.label === 'yard' ? 'plant' : 'yard' }));
    await replay(elsewhere, inProcess, (message, told) =>
      told.kind === 'failure' ? undefined : objectionTo(message, told),
    );
  }, 120_000);

  it('over a socket, to a process that is started and started again', async () => {
    const touchmark = await newTouchmark({ ...nodeEnvironment, DATABASE_URL: postgres.databaseUrl });
    try {
      const part = recorded.filter((_, index) => index % 4 === 0);
      for (const messages of [part, part.toReversed()]) {
        await touchmark.start();
        await replay(messages, overSocket(touchmark));
        expect(await touchmark.end()).toBe(0);
      }
    } finally {
      await touchmark.dispose();
    }
  }, 180_000);
});

function overSocket({ ports }: Touchmark): Asking {
  return async (message) => {
    const response = await fetch(`http://127.0.0.1:${ports.public}/scep/${message.label}?operation=PKIOperation`, {
      method: 'POST',
      body: Buffer.from(message.octets),
      headers: { 'Content-Type': 'application/x-pki-message' },
    });
    const body = new Uint8Array(await response.arrayBuffer());
    const reason = response.headers.get('Touchmark-Reason');
    const headers = reason === null ? [] : [['Touchmark-Reason', reason] as const];
    return readAnswer({ status: response.status, headers, body }, message, recipient);
  };
}

it('every secret is spent once, however often it was sent', async () => {
  const { rows } = await postgres.pool.query<{ uses: number; count: number }>(
    `SELECT uses, count(*)::int AS count FROM enrollment_secret WHERE id = ANY($1) GROUP BY uses`,
    [oneTimeSecrets],
  );
  expect(rows).toEqual([{ uses: 1, count: oneTimeSecrets.length }]);
});

it('sent 64 times at once, half to each of two nodes: one certificate, twenty times over', async () => {
  // The processes of before have signed in the present.
  clock.set(new Date());
  const second = await ScepNode.open({ databaseUrl: postgres.databaseUrl, clock });
  try {
    for (let round = 0; round < 20; round++) {
      const deviceId = `doubled-${round}`;
      const [label, challenge] =
        round % 2 === 0
          ? (['yard', await newSecret('yard')] as const)
          : (['plant', await node.core.challengeKeys.derive('plant', deviceId)] as const);
      const key = takeKey();
      const signer = await selfSignedAs(deviceId, key);
      const message = messageOf(label, { signer, recipient, content: await requestOf(deviceId, challenge, key) });
      const before = await node.countIssued();
      const told = await Promise.all(
        Array.from({ length: 64 }, async (_, index) => {
          const response = await (index % 2 === 0 ? node : second).ask(label, message.octets);
          return describeTold(await readAnswer(response, message, recipient));
        }),
      );
      expect([...new Set(told)]).toEqual([expect.stringMatching(/^certificate /)]);
      const after = await node.countIssued();
      expect(after.certificates - before.certificates).toBe(1);
      expect(after.intents - before.intents).toBe(1);
    }
  } finally {
    await second.close();
  }
}, 120_000);
