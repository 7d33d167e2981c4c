/**
 * A certificate is renewed and revoked at the same time, two thousand times. Either the renewal is on record before the
 * revocation, or there is none; and what is revoked renews nothing any more.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { toHex } from '@touchmark/asn1';
import { sha256 } from '@touchmark/crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AdminClient } from '../support/admin-client.ts';
import type { ShownCertificate } from '../support/admin-client.ts';
import { CertifiedConnection, FleetDevice, estServiceOf, requestKey } from '../support/fleet-device.ts';
import type { EnrollmentAnswer, EstService } from '../support/fleet-device.ts';
import { openHomeRegistry } from '../support/home-registry.ts';
import { inParallel } from '../support/in-parallel.ts';
import { startTouchmark } from '../support/touchmark.ts';
import type { Touchmark } from '../support/touchmark.ts';

const roundCount = 2000;
/** Played alone and followed by every way to try again; the others come side by side and try again once. */
const closeRounds = 100;
const sideBySide = 8;
/** Two answers that come at once may be seen in either order within one turn of this process's loop. */
const sameMomentMilliseconds = 25;

interface Round {
  readonly deviceId: string;
  readonly oldId: string;
  readonly renewal: EnrollmentAnswer;
  readonly isAlone: boolean;
  readonly revokedAt: number;
  /** With the revoked certificate, after the acknowledgement: the same request again, a new key, the other operation. */
  readonly afterwards: readonly EnrollmentAnswer[];
  /** With the secret of the first enrollment: the same request again, a new key. */
  readonly bySecret: readonly EnrollmentAnswer[];
}

let touchmark: Touchmark;
let service: EstService;
let admin: AdminClient;
const rounds: Round[] = [];
let listed: readonly ShownCertificate[];
/** Of the audit events by certificate: where they stand in the order of the registry. */
let issuedAt: ReadonlyMap<string, bigint>;
let revokedAt: ReadonlyMap<string, bigint>;
let withheld: number;

beforeAll(async () => {
  touchmark = await startTouchmark();
  service = estServiceOf(touchmark);
  admin = new AdminClient(touchmark);
  const secrets = await admin.createSecrets(roundCount);
  const devices = await inParallel(secrets, 4, async ({ secret }, index) => {
    const id = `raced-${index}`;
    return new FleetDevice(id, secret, await requestKey(id));
  });
  await raceAll(devices.slice(0, closeRounds), true);
  const others = devices.slice(closeRounds);
  await Promise.all(
    Array.from({ length: sideBySide }, (_, lane) =>
      raceAll(
        others.filter((_device, index) => index % sideBySide === lane),
        false,
      ),
    ),
  );
  listed = await admin.listDeviceCertificates();
  const registry = openHomeRegistry(touchmark.home);
  try {
    const positionsOf = async (action: string): Promise<Map<string, bigint>> => {
      const { rows } = await registry.pool.query<{ subject: string; position: string }>(
        'SELECT subject, position FROM audit_event WHERE action = $1',
        [action],
      );
      return new Map(rows.map(({ subject, position }) => [subject.replace('certificate:', ''), BigInt(position)]));
    };
    issuedAt = await positionsOf('certificate.issued');
    revokedAt = await positionsOf('certificate.revoked');
    const { rows } = await registry.pool.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM issuance_intent WHERE device_id LIKE 'raced-%'
       AND request_digest NOT IN (SELECT request_digest FROM certificate)`,
    );
    withheld = rows[0]?.count ?? 0;
  } finally {
    await registry.close();
  }
}, 600_000);

afterAll(async () => {
  admin?.close();
  await touchmark?.dispose();
  const won = rounds.filter(({ renewal }) => renewal.kind === 'issued').length;
  console.info(
    `${won} of ${rounds.length} renewals were first; ${withheld} of the others were refused between steps 6 and 8`,
  );
});

/** One after the other. Whoever won the last round starts a little later in the next, so that most rounds are close. */
async function raceAll(devices: readonly FleetDevice[], isAlone: boolean): Promise<void> {
  let headStart = 0;
  for (const device of devices) {
    const round = await race(device, headStart, isAlone);
    rounds.push(round);
    headStart += round.renewal.kind === 'issued' ? -1 : 1;
  }
}

/** @param headStartMilliseconds of the renewal before the revocation; negative: of the revocation before the renewal */
async function race(device: FleetDevice, headStartMilliseconds: number, isAlone: boolean): Promise<Round> {
  const enrolled = await device.enroll(service);
  if (enrolled.kind !== 'issued') throw new Error(`${device.id} got no certificate: ${JSON.stringify(enrolled)}`);
  const { id: oldId } = await admin.getCertificate(toHex(sha256(enrolled.certificateDer)));
  const connection = new CertifiedConnection(service, enrolled.certificateDer, device.requested.keyPair);
  try {
    await connection.open();
    const { requestDer } = await requestKey(device.id);
    const [renewal, acknowledged] = await Promise.all([
      sleep(Math.max(0, -headStartMilliseconds)).then(() => connection.renew(requestDer)),
      sleep(Math.max(0, headStartMilliseconds)).then(() => admin.revoke(oldId)),
    ]);
    const afterwards = [await connection.renew(requestDer)];
    const bySecret: EnrollmentAnswer[] = [];
    if (isAlone) {
      afterwards.push(
        await connection.renew((await requestKey(device.id)).requestDer),
        await connection.renew((await requestKey(device.id)).requestDer, 'simpleenroll'),
      );
      bySecret.push(
        await device.enroll(service),
        await device.enroll(service, (await requestKey(device.id)).requestDer),
      );
    }
    return { deviceId: device.id, oldId, renewal, isAlone, revokedAt: acknowledged.beganAt, afterwards, bySecret };
  } finally {
    connection.close();
  }
}

describe('renew and revoke the same certificate at the same time', () => {
  it('both are first at times', () => {
    const won = rounds.filter(({ renewal }) => renewal.kind === 'issued').length;
    expect(won).toBeGreaterThan(0);
    expect(won).toBeLessThan(roundCount);
  });

  it('a renewal that is not first is refused as revoked', () => {
    for (const { renewal } of rounds) {
      if (renewal.kind === 'issued') continue;
      expect(renewal).toMatchObject({ kind: 'refused', status: 403, reason: 'certificateRevoked' });
    }
  });

  it('no renewal is answered after the acknowledged revocation', () => {
    for (const { renewal, revokedAt: acknowledgedAt } of rounds.filter(({ isAlone }) => isAlone)) {
      if (renewal.kind === 'issued') expect(renewal.beganAt).toBeLessThan(acknowledgedAt + sameMomentMilliseconds);
    }
  });

  it('V7: a renewed certificate is on record before the revocation of the old one', () => {
    for (const { deviceId, oldId, renewal } of rounds) {
      if (renewal.kind !== 'issued') continue;
      const renewed = listed.find((certificate) => certificate.deviceId === deviceId && certificate.id !== oldId);
      expect(issuedAt.get(renewed!.id)!).toBeLessThan(revokedAt.get(oldId)!);
    }
  });

  it('V3: the registry has the renewed certificate that was answered, and none where the renewal was refused', async () => {
    await inParallel(rounds, 8, async ({ deviceId, oldId, renewal }) => {
      const others = listed.filter((certificate) => certificate.deviceId === deviceId && certificate.id !== oldId);
      expect(others).toHaveLength(renewal.kind === 'issued' ? 1 : 0);
      if (renewal.kind !== 'issued') return;
      expect(toHex(await admin.certificateDer(others[0]!.id))).toBe(toHex(renewal.certificateDer));
    });
  }, 120_000);

  it('the old certificate is revoked in every round', () => {
    const statuses = new Map(listed.map(({ id, status }) => [id, status]));
    for (const { oldId } of rounds) expect(statuses.get(oldId)).toBe('revoked');
  });

  it('afterwards the revoked certificate gets nothing: not by the same request, not by another, not by simpleenroll', () => {
    for (const answer of rounds.flatMap(({ afterwards }) => afterwards)) {
      expect(answer).toMatchObject({ kind: 'refused', status: 403, reason: 'certificateRevoked' });
    }
  });

  it('nor by the secret that it was enrolled with', () => {
    for (const answer of rounds.flatMap(({ bySecret }) => bySecret)) {
      expect(answer).toMatchObject({ kind: 'refused', status: 403 });
    }
  });
});
