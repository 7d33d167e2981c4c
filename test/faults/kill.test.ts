/**
 * `kill -9` while 200 devices enroll at once, alone or together with the database, and a restart. What a device got is on
 * record, what it lost it gets by asking again, and nothing exists twice (invariants V1 to V5).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { equalBytes, toHex } from '@touchmark/asn1';
import { parseCertificate } from '@touchmark/x509';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AdminClient } from '../support/admin-client.ts';
import type { ShownCertificate, ShownSecret } from '../support/admin-client.ts';
import { FleetDevice, estServiceOf, requestKey } from '../support/fleet-device.ts';
import type { EnrollmentAnswer, EstService } from '../support/fleet-device.ts';
import { issuancesOf, openHomeRegistry } from '../support/home-registry.ts';
import type { RecordedIssuance } from '../support/home-registry.ts';
import { inParallel } from '../support/in-parallel.ts';
import { childrenOf, getPostmaster, signalAll } from '../support/postgres-processes.ts';
import { startTouchmark } from '../support/touchmark.ts';
import type { Touchmark } from '../support/touchmark.ts';

const fleetSize = 200;
/** Over which the devices begin, so that at any moment some connect, some wait and some have their answer. */
const spreadMilliseconds = 400;
/** As many begin only when the kill is near: however slow the machine, somebody is on the way then. */
const lateComers = 20;

/** Who dies together with the service. */
const victims = {
  'the service': () => [],
  'the service and the postmaster': (home: string) => [getPostmaster(home)],
  'the service and all of PostgreSQL': (home: string) => {
    const postmaster = getPostmaster(home);
    return [postmaster, ...childrenOf(postmaster)];
  },
} satisfies Record<string, (home: string) => number[]>;
type Victim = keyof typeof victims;

/** Answers come in groups, one for each commit: some milliseconds later the next group is between its two commits. */
interface Moment {
  readonly victim: Victim;
  readonly answers: number;
  readonly milliseconds: number;
}

const moments: readonly Moment[] = [
  { victim: 'the service', answers: 20, milliseconds: 5 },
  { victim: 'the service', answers: 80, milliseconds: 2 },
  { victim: 'the service', answers: 150, milliseconds: 0 },
  { victim: 'the service and the postmaster', answers: 20, milliseconds: 3 },
  { victim: 'the service and all of PostgreSQL', answers: 80, milliseconds: 6 },
  { victim: 'the service and the postmaster', answers: 150, milliseconds: 4 },
];

interface Round {
  readonly devices: readonly FleetDevice[];
  /** By device, in order. */
  readonly first: readonly EnrollmentAnswer[];
  readonly retried: readonly EnrollmentAnswer[];
  readonly retriedAgain: readonly EnrollmentAnswer[];
  readonly otherKeys: readonly EnrollmentAnswer[];
  readonly secondsUntilReady: number;
  /** On record after the restart, before anybody asked again. */
  readonly left: readonly RecordedIssuance[];
  readonly issuances: readonly RecordedIssuance[];
  readonly listed: readonly ShownCertificate[];
  readonly listedDer: readonly Uint8Array[];
  readonly secrets: readonly ShownSecret[];
}

let touchmark: Touchmark;
let service: EstService;
const played: { readonly moment: Moment; readonly round: Round }[] = [];

beforeAll(async () => {
  touchmark = await startTouchmark();
  service = estServiceOf(touchmark);
}, 120_000);

afterAll(async () => {
  await touchmark?.dispose();
  console.info(played.map(({ moment, round }) => describeRound(moment, round)).join('\n'));
});

describe.each(moments)('kill -9 of $victim $milliseconds ms after $answers of 200 answers', (moment) => {
  let round: Round;
  const device = (index: number): string => round.devices[index]!.id;

  beforeAll(async () => {
    round = await playRound(moment);
    played.push({ moment, round });
  }, 120_000);

  it('interrupted some: at least as many answers as waited for, but not all, and nobody was refused', () => {
    expect(count(round.first, 'issued')).toBeGreaterThanOrEqual(moment.answers);
    expect(count(round.first, 'lost')).toBeGreaterThan(0);
    expect(count(round.first, 'refused')).toBe(0);
  });

  it('is ready again by itself', () => {
    expect(round.secondsUntilReady).toBeLessThan(15);
  });

  it('V3: every certificate that a device received is in the registry, byte for byte', () => {
    const onRecord = new Map(round.listed.map(({ deviceId }, index) => [deviceId, round.listedDer[index]]));
    round.first.forEach((answer, index) => {
      if (answer.kind === 'issued') expect(toHex(onRecord.get(device(index))!)).toBe(toHex(answer.certificateDer));
    });
  });

  it('V5: every device that asks again with the same secret and request gets a certificate, always the same', () => {
    round.retried.forEach((answer, index) => {
      const first = round.first[index]!;
      const again = round.retriedAgain[index]!;
      expect([device(index), answer.kind, again.kind]).toEqual([device(index), 'issued', 'issued']);
      const got = [first, answer, again].flatMap((each) =>
        each.kind === 'issued' ? [toHex(each.certificateDer)] : [],
      );
      expect(new Set(got).size).toBe(1);
    });
  });

  it('V3: every device has exactly one certificate', () => {
    const perDevice = Map.groupBy(round.listed, ({ deviceId }) => deviceId);
    expect(round.devices.map(({ id }) => perDevice.get(id)?.length ?? 0)).toEqual(round.devices.map(() => 1));
  });

  it('V1, V2: every certificate is the one of its intent, every intent has one, and each has one audit event', () => {
    expect(round.issuances).toHaveLength(fleetSize);
    for (const { intentId, tbsCertificateDer, certificateId, certificateDer, issuedEvents } of round.issuances) {
      expect(intentId).not.toBeNull();
      expect(certificateId).toBe(intentId);
      const { tbsCertificateDer: signed } = parseCertificate(new Uint8Array(certificateDer!));
      expect(equalBytes(signed, tbsCertificateDer!)).toBe(true);
      expect(issuedEvents).toBe(1);
    }
    const final = new Map(round.issuances.map(({ deviceId, intentId }) => [deviceId, intentId]));
    for (const { deviceId, intentId } of round.left) expect(final.get(deviceId)).toBe(intentId);
  });

  it('V4: serial numbers are unique', () => {
    expect(new Set(round.listed.map(({ serialNumber }) => serialNumber)).size).toBe(round.listed.length);
  });

  it('V5: every secret is spent once, and gets nothing for another key', () => {
    expect(round.secrets.map(({ uses, status }) => ({ uses, status }))).toEqual(
      round.devices.map(() => ({ uses: 1, status: 'spent' })),
    );
    for (const answer of round.otherKeys) expect(answer).toMatchObject({ kind: 'refused', status: 403 });
  });
});

it('the kills hit requests in the middle: some lost answers were on record already', () => {
  const begun = played.reduce((sum, { round }) => sum + round.left.length - count(round.first, 'issued'), 0);
  expect(begun).toBeGreaterThan(0);
});

async function playRound(moment: Moment): Promise<Round> {
  const { devices, secretIds } = await makeFleet(`killed-${moments.indexOf(moment)}`);
  const first = await enrollUntilKilled(devices, moment);

  const startedAt = performance.now();
  await touchmark.start();
  const secondsUntilReady = (performance.now() - startedAt) / 1000;

  const registry = openHomeRegistry(touchmark.home);
  const admin = new AdminClient(touchmark);
  try {
    const ids = devices.map(({ id }) => id);
    const left = await issuancesOf(registry, ids);
    const retried = await inParallel(devices, 50, (device) => device.enroll(service));
    const retriedAgain = await inParallel(devices, 50, (device) => device.enroll(service));
    const otherKeys = await inParallel(devices.slice(0, 20), 10, async (device) =>
      device.enroll(service, (await requestKey(device.id)).requestDer),
    );
    const all = await admin.listDeviceCertificates();
    const listed = all.filter(({ deviceId }) => deviceId !== null && ids.includes(deviceId));
    const listedDer = await inParallel(listed, 8, ({ id }) => admin.certificateDer(id));
    const secrets = (await admin.listSecrets()).filter(({ id }) => secretIds.has(id));
    const issuances = await issuancesOf(registry, ids);
    return {
      devices,
      first,
      retried,
      retriedAgain,
      otherKeys,
      secondsUntilReady,
      left,
      issuances,
      listed,
      listedDer,
      secrets,
    };
  } finally {
    admin.close();
    await registry.close();
  }
}

async function makeFleet(prefix: string): Promise<{ devices: FleetDevice[]; secretIds: ReadonlySet<string> }> {
  const admin = new AdminClient(touchmark);
  const secrets = await admin.createSecrets(fleetSize);
  admin.close();
  const devices = await inParallel(secrets, 4, async ({ secret }, index) => {
    const id = `${prefix}-${index}`;
    return new FleetDevice(id, secret, await requestKey(id));
  });
  return { devices, secretIds: new Set(secrets.map(({ id }) => id)) };
}

/** All begin within moments of one another; the victims are killed at the given moment. */
async function enrollUntilKilled(
  devices: readonly FleetDevice[],
  { victim, answers, milliseconds }: Moment,
): Promise<EnrollmentAnswer[]> {
  let answered = 0;
  let killed: Promise<unknown> | undefined;
  const near = Promise.withResolvers<undefined>();
  const first = await Promise.all(
    devices.map(async (device, index) => {
      if (index >= devices.length - lateComers) await near.promise;
      else await sleep((index * spreadMilliseconds) / devices.length);
      const answer = await device.enroll(service);
      if (answer.kind === 'issued' && ++answered === answers) {
        near.resolve(undefined);
        killed = kill(victim, milliseconds);
      }
      return answer;
    }),
  );
  await killed;
  return first;
}

async function kill(victim: Victim, afterMilliseconds: number): Promise<void> {
  const others = victims[victim](touchmark.home);
  if (afterMilliseconds > 0) await sleep(afterMilliseconds);
  const ended = touchmark.end('SIGKILL');
  signalAll(others, 'SIGKILL');
  await ended;
}

function count(answers: readonly EnrollmentAnswer[], kind: EnrollmentAnswer['kind']): number {
  return answers.filter((answer) => answer.kind === kind).length;
}

function describeRound({ victim, answers }: Moment, { first, left, secondsUntilReady }: Round): string {
  const unsigned = left.filter(({ certificateId }) => certificateId === null).length;
  const unanswered = left.length - unsigned - count(first, 'issued');
  return (
    `${victim} after ${answers}: ${count(first, 'issued')} answered, ${count(first, 'lost')} lost; of these ` +
    `${unanswered} had their certificate on record, ${unsigned} an intent alone; ready after ${secondsUntilReady.toFixed(2)} s`
  );
}
