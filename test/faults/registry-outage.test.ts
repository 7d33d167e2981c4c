/**
 * The embedded PostgreSQL dies, keeps dying, or stands still while devices enroll: the refusals say when to come back, and
 * the service recovers by itself.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { rfc5280, toHex } from '@touchmark/asn1';
import { findExtension, parseCertificateList, parseCrlNumber } from '@touchmark/x509';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AdminClient } from '../support/admin-client.ts';
import { FleetDevice, estServiceOf, requestKey } from '../support/fleet-device.ts';
import type { EnrollmentAnswer, EstService } from '../support/fleet-device.ts';
import { issuancesOf, openHomeRegistry } from '../support/home-registry.ts';
import { inParallel } from '../support/in-parallel.ts';
import { askVerdict, ocspQuestion } from '../support/ocsp-question.ts';
import type { OcspQuestion, OcspVerdict } from '../support/ocsp-question.ts';
import { childrenOf, findPostmaster, getPostmaster, signalAll } from '../support/postgres-processes.ts';
import { eventually } from '../support/run.ts';
import { startTouchmark } from '../support/touchmark.ts';
import type { Touchmark } from '../support/touchmark.ts';

let touchmark: Touchmark;
let service: EstService;
let pid: number;
let admin: AdminClient;
const figures: string[] = [];

beforeAll(async () => {
  touchmark = await startTouchmark();
  service = estServiceOf(touchmark);
  pid = touchmark.pid;
  admin = new AdminClient(touchmark);
}, 120_000);

afterAll(async () => {
  admin?.close();
  await touchmark?.dispose();
  console.info(figures.join('\n'));
});

/** An enrollment from the first try to its certificate. */
interface Journey {
  readonly device: FleetDevice;
  /** Each with the seconds that it took; the last is the certificate. */
  readonly answers: readonly (EnrollmentAnswer & { readonly seconds: number })[];
}

async function makeFleet(prefix: string, size: number): Promise<FleetDevice[]> {
  const secrets = await admin.createSecrets(size);
  return inParallel(secrets, 4, async ({ secret }, index) => {
    const id = `${prefix}-${index}`;
    return new FleetDevice(id, secret, await requestKey(id));
  });
}

/** Begins after some time and asks again, as told, until it has its certificate. */
async function travel(device: FleetDevice, beginAfterMilliseconds: number): Promise<Journey> {
  await sleep(beginAfterMilliseconds);
  const answers: Journey['answers'][number][] = [];
  for (;;) {
    const askedAt = performance.now();
    const answer = await device.enroll(service);
    answers.push({ ...answer, seconds: (performance.now() - askedAt) / 1000 });
    if (answer.kind === 'issued' || answers.length >= 30) return { device, answers };
    await sleep(1000);
  }
}

function travelAll(devices: readonly FleetDevice[], spreadMilliseconds: number): Promise<Journey[]> {
  return Promise.all(devices.map((device, index) => travel(device, (index * spreadMilliseconds) / devices.length)));
}

/** Of a fault: what the devices met on their way, and what is on record in the end. */
async function expectExactlyOneEach(journeys: readonly Journey[]): Promise<void> {
  const listed = await admin.listDeviceCertificates();
  const registry = openHomeRegistry(touchmark.home);
  try {
    const ids = journeys.map(({ device }) => device.id);
    const issuances = await issuancesOf(registry, ids);
    expect(issuances.map(({ deviceId }) => deviceId).sort()).toEqual([...ids].sort());
    for (const { certificateId, intentId } of issuances) expect(certificateId).toBe(intentId);
  } finally {
    await registry.close();
  }
  for (const { device, answers } of journeys) {
    const own = listed.filter(({ deviceId }) => deviceId === device.id);
    expect(own).toHaveLength(1);
    const last = answers.at(-1)!;
    if (last.kind !== 'issued') throw new Error(`${device.id} ended with ${JSON.stringify(last)}`);
    expect(toHex(await admin.certificateDer(own[0]!.id))).toBe(toHex(last.certificateDer));
  }
}

function expectOnlyUnavailable(journeys: readonly Journey[]): void {
  for (const answer of journeys.flatMap(({ answers }) => answers)) {
    if (answer.kind === 'issued') continue;
    expect(answer).toMatchObject({ kind: 'refused', status: 503, reason: 'registryUnavailable' });
    expect(answer.kind === 'refused' && answer.retryAfterSeconds).toBeGreaterThan(0);
  }
}

function longest(journeys: readonly Journey[]): number {
  return Math.max(...journeys.flatMap(({ answers }) => answers.map(({ seconds }) => seconds)));
}

function summary(name: string, journeys: readonly Journey[]): string {
  const refused = journeys.reduce((sum, { answers }) => sum + answers.length - 1, 0);
  return `${name}: ${journeys.length} devices, ${refused} refusals, longest answer ${longest(journeys).toFixed(2)} s`;
}

async function ready(): Promise<true | undefined> {
  const response = await fetch(`${touchmark.metricsUrl}/readyz`).catch(() => undefined);
  return response?.status === 200 ? true : undefined;
}

describe('the database is killed once', () => {
  let journeys: Journey[];
  let recoveredSeconds: number;

  beforeAll(async () => {
    const devices = await makeFleet('once', 60);
    const travels = travelAll(devices, 1500);
    await sleep(500);
    const killedAt = performance.now();
    signalAll([getPostmaster(touchmark.home)], 'SIGKILL');
    await sleep(50);
    await eventually('readiness', 30, ready);
    recoveredSeconds = (performance.now() - killedAt) / 1000;
    journeys = await travels;
    figures.push(summary('killed once', journeys), `ready after ${recoveredSeconds.toFixed(2)} s`);
  }, 120_000);

  it('the service stays up and is ready again by itself', () => {
    expect(touchmark.pid).toBe(pid);
    expect(recoveredSeconds).toBeLessThan(15);
  });

  it('an enrollment waits for it, or is refused with 503, Retry-After and registryUnavailable', () => {
    expectOnlyUnavailable(journeys);
  });

  it('everybody has exactly one certificate in the end', () => expectExactlyOneEach(journeys));
});

describe('the database dies whenever it comes back, for eight seconds', () => {
  const outageSeconds = 8;
  let journeys: Journey[];
  let revoked: OcspQuestion;
  let good: OcspQuestion;
  const verdicts = { revoked: [] as OcspVerdict[], good: [] as OcspVerdict[] };
  const crls: { readonly status: number; readonly retryAfter: string | null; readonly number: bigint | undefined }[] =
    [];
  const healthy: boolean[] = [];
  const readiness: { readonly status: number; readonly failing: readonly string[] }[] = [];
  let recoveredSeconds: number;

  beforeAll(async () => {
    const { publicUrl } = touchmark.firstRun;
    const ocspUrl = `${publicUrl}/ocsp/issuing`;
    const issuerDer = new Uint8Array(await (await fetch(`${publicUrl}/pki/issuing.cer`)).arrayBuffer());
    const [first, second] = await inParallel(await makeFleet('watched', 2), 2, (device) => travel(device, 0));
    const certificates = [first!, second!].map(({ answers }) => {
      const answer = answers.at(-1)!;
      if (answer.kind !== 'issued') throw new Error('a device got no certificate');
      return answer.certificateDer;
    });
    revoked = ocspQuestion(certificates[0]!, issuerDer);
    good = ocspQuestion(certificates[1]!, issuerDer);
    // Asked before, so that a signed "good" of the one and the other is in the responder's cache.
    expect(await Promise.all([revoked, good].map((question) => askVerdict(ocspUrl, question)))).toEqual([
      'good',
      'good',
    ]);
    const shown = (await admin.listDeviceCertificates()).find(({ deviceId }) => deviceId === 'watched-0');
    await admin.revoke(shown!.id);

    const devices = await makeFleet('outage', 60);
    let ended = false;
    const watch = async (look: () => Promise<void>): Promise<void> => {
      while (!ended) {
        await look();
        await sleep(100);
      }
    };
    const watches = Promise.all([
      watch(async () => void verdicts.revoked.push(await askVerdict(ocspUrl, revoked))),
      watch(async () => void verdicts.good.push(await askVerdict(ocspUrl, good))),
      watch(async () => void crls.push(await fetchCrl(`${publicUrl}/pki/issuing.crl`))),
      watch(async () => void healthy.push((await fetch(`${touchmark.metricsUrl}/healthz`)).ok)),
      watch(async () => void readiness.push(await fetchReadiness())),
    ]);
    const travels = travelAll(devices, 4000);
    await killForSeconds(outageSeconds);
    const endedAt = performance.now();
    await eventually('readiness', 30, ready);
    recoveredSeconds = (performance.now() - endedAt) / 1000;
    journeys = await travels;
    ended = true;
    await watches;
    figures.push(
      summary('dying for 8 s', journeys),
      `ready ${recoveredSeconds.toFixed(2)} s after the last kill; OCSP said of the revoked ${tally(verdicts.revoked)}, ` +
        `of the other ${tally(verdicts.good)}; CRL ${tally(crls.map(({ status }) => status))}`,
    );
  }, 180_000);

  /** Every server that comes up is killed. */
  async function killForSeconds(seconds: number): Promise<void> {
    const until = Date.now() + seconds * 1000;
    while (Date.now() < until) {
      const postmaster = findPostmaster(touchmark.home);
      if (postmaster !== undefined) signalAll([postmaster], 'SIGKILL');
      await sleep(20);
    }
  }

  async function fetchCrl(url: string): Promise<(typeof crls)[number]> {
    const response = await fetch(url);
    const body = new Uint8Array(await response.arrayBuffer());
    const retryAfter = response.headers.get('retry-after');
    if (response.status !== 200) return { status: response.status, retryAfter, number: undefined };
    const number = findExtension(parseCertificateList(body), rfc5280['id-ce-cRLNumber']);
    return { status: 200, retryAfter, number: parseCrlNumber(number!.value) };
  }

  async function fetchReadiness(): Promise<(typeof readiness)[number]> {
    const response = await fetch(`${touchmark.metricsUrl}/readyz`);
    const { checks } = (await response.json()) as { checks: { name: string; ok: boolean }[] };
    return { status: response.status, failing: checks.filter(({ ok }) => !ok).map(({ name }) => name) };
  }

  it('devices are refused with 503, Retry-After and registryUnavailable, and none waits long', () => {
    expectOnlyUnavailable(journeys);
    expect(journeys.some(({ answers }) => answers.length > 1)).toBe(true);
    expect(longest(journeys)).toBeLessThan(20);
  });

  it('the process stays up, alive at every moment, and names the failing check', () => {
    expect(touchmark.pid).toBe(pid);
    expect(healthy).not.toContain(false);
    expect(readiness.filter(({ status }) => status === 503).length).toBeGreaterThan(0);
    // A moment after the database is back, the catalog has not been looked at yet.
    const named = readiness.filter(({ status }) => status === 503).map(({ failing }) => failing);
    expect(named.filter((failing) => !failing.includes('registry') && !failing.includes('catalog'))).toEqual([]);
    expect(named.flat()).toContain('registry');
  });

  it('V9: OCSP says tryLater meanwhile, and never "good" of the revoked certificate', () => {
    expect(verdicts.revoked).toContain('tryLater');
    expect(verdicts.revoked.filter((verdict) => verdict !== 'tryLater' && verdict !== 'revoked')).toEqual([]);
    expect(verdicts.good.filter((verdict) => verdict !== 'tryLater' && verdict !== 'good')).toEqual([]);
    expect(verdicts.revoked.at(-1)).toBe('revoked');
    expect(verdicts.good.at(-1)).toBe('good');
  });

  it('V8: the CRL is refused with 503 and Retry-After rather than served when a newer one may exist, and never goes back', () => {
    const refused = crls.filter(({ status }) => status !== 200);
    expect(refused.length).toBeGreaterThan(0);
    for (const { status, retryAfter } of refused) {
      expect(status).toBe(503);
      expect(Number(retryAfter)).toBeGreaterThan(0);
    }
    const numbers = crls.flatMap(({ number }) => number ?? []);
    expect(numbers).toEqual(numbers.toSorted((one, other) => Number(one - other)));
    expect(crls.at(-1)?.status).toBe(200);
  });

  it('it recovers by itself', () => expect(recoveredSeconds).toBeLessThan(15));

  it('everybody has exactly one certificate in the end', () => expectExactlyOneEach(journeys));
});

describe('the database stands still for three seconds', () => {
  let journeys: Journey[];
  const healthy: boolean[] = [];

  beforeAll(async () => {
    const devices = await makeFleet('still', 60);
    const travels = travelAll(devices, 1500);
    await sleep(500);
    const postmaster = getPostmaster(touchmark.home);
    const held = [postmaster];
    signalAll(held, 'SIGSTOP');
    try {
      held.push(...childrenOf(postmaster));
      signalAll(held, 'SIGSTOP');
      for (let look = 0; look < 30; look++) {
        healthy.push((await fetch(`${touchmark.metricsUrl}/healthz`)).ok);
        await sleep(100);
      }
    } finally {
      signalAll(held, 'SIGCONT');
    }
    journeys = await travels;
    figures.push(summary('still for 3 s', journeys));
  }, 120_000);

  it('nobody waits much longer than it lasted', () => {
    expect(longest(journeys)).toBeGreaterThan(2);
    expect(longest(journeys)).toBeLessThan(12);
  });

  it('the process stays alive and is ready again', async () => {
    expect(touchmark.pid).toBe(pid);
    expect(healthy).not.toContain(false);
    expect(await eventually('readiness', 10, ready)).toBe(true);
  });

  it('everybody has exactly one certificate in the end', async () => {
    expectOnlyUnavailable(journeys);
    await expectExactlyOneEach(journeys);
  });
});

function tally(values: readonly (string | number)[]): string {
  return [...Map.groupBy(values, (value) => value)].map(([value, { length }]) => `${value} ×${length}`).join(', ');
}
