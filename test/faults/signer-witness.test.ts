/**
 * Every use of an authority's key is witnessed outside the registry, while enrollments run concurrently, twice at once, and
 * into failures at every step. The witness and the registry must tell the same story (invariants V1 to V3, V5, V6).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toHex } from '@touchmark/asn1';
import { readyProfiles } from '@touchmark/ca';
import type { EnrollmentOutcome, ProfileRules } from '@touchmark/ca';
import { sha256 } from '@touchmark/crypto';
import { createPool } from '@touchmark/store';
import { startTestPostgres } from '@touchmark/store/testing';
import type { TestPostgres } from '@touchmark/store/testing';
import { buildCertificationRequest, readWitness } from '@touchmark/testkit';
import type { WitnessedUse } from '@touchmark/testkit';
import { parseCertificate } from '@touchmark/x509';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { WitnessedKeys, WitnessedNode } from '../support/witnessed-node.ts';

let postgres: TestPostgres;
let observer: pg.Pool;
let directory: string;
let witnessFile: string;
let keys: WitnessedKeys;
let one: WitnessedNode;
let other: WitnessedNode;
/** Every certificate that any enrollment returned. */
const returned: Uint8Array[] = [];

const device = readyProfiles.device!;
const profiles: Readonly<Record<string, ProfileRules>> = {
  device,
  // RFC 6960 §4.2.2.2.1: id-pkix-ocsp-nocheck is for responders.
  faulty: { ...device, ocspNoCheck: true },
};

beforeAll(async () => {
  postgres = await startTestPostgres();
  observer = createPool(postgres.databaseUrl, { max: 4 });
  directory = mkdtempSync(join(tmpdir(), 'touchmark-witness-'));
  witnessFile = join(directory, 'witness');
  keys = await WitnessedKeys.generate(['root', 'issuing'], witnessFile, observer);
  one = new WitnessedNode(postgres.databaseUrl, keys);
  other = new WitnessedNode(postgres.databaseUrl, keys);
  await one.createHierarchy(profiles);
  await other.catalog.load();
}, 120_000);

afterAll(async () => {
  await one?.registry.close();
  await other?.registry.close();
  await observer?.end();
  await postgres?.stop();
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
});

async function requestFor(commonName: string): Promise<Uint8Array> {
  return (await buildCertificationRequest({ commonName })).certificationRequestDer;
}

function keep(outcome: EnrollmentOutcome): EnrollmentOutcome {
  if (outcome.kind === 'issued') returned.push(outcome.certificateDer);
  return outcome;
}

async function issued(outcome: Promise<EnrollmentOutcome>): Promise<Uint8Array> {
  const found = keep(await outcome);
  if (found.kind !== 'issued') throw new Error(`nothing was issued: ${JSON.stringify(found)}`);
  return found.certificateDer;
}

async function refused(outcome: Promise<EnrollmentOutcome>): Promise<string> {
  const found = keep(await outcome);
  if (found.kind !== 'refused') throw new Error(`it was not refused: ${found.kind}`);
  return found.error.code;
}

/** What was signed while `work` ran. */
async function witnessed<T>(
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly uses: readonly WitnessedUse[] }> {
  const before = (await readWitness(witnessFile)).length;
  const result = await work();
  return { result, uses: (await readWitness(witnessFile)).slice(before) };
}

interface Recorded {
  readonly tbsCertificateDer: Uint8Array;
  readonly certificateDer: Uint8Array | null;
}

/** Intents with what became of them. */
async function recordedFor(deviceId: string): Promise<Recorded[]> {
  const { rows } = await observer.query<Recorded>(
    `SELECT i.tbs_certificate_der AS "tbsCertificateDer", c.certificate_der AS "certificateDer"
     FROM issuance_intent i LEFT JOIN certificate c ON c.id = i.id WHERE i.device_id = $1`,
    [deviceId],
  );
  return rows;
}

async function usesOf(secretId: string): Promise<number | undefined> {
  return (await one.registry.admin.findSecret(secretId))?.uses;
}

function tbsSha256Of(certificateDer: Uint8Array): string {
  return toHex(sha256(parseCertificate(certificateDer).tbsCertificateDer));
}

describe('concurrent and duplicated enrollments', () => {
  it('40 devices ask three times at once on each of two nodes: one certificate each', async () => {
    const { result, uses } = await witnessed(() =>
      Promise.all(
        Array.from({ length: 40 }, async (_, index) => {
          const requestDer = await requestFor(`many-${index}`);
          const { secret } = await one.createSecret('device');
          const nodes = [one, other, one, other, one, other];
          const answers = await Promise.all(nodes.map((node) => issued(node.enroll('device', requestDer, secret))));
          return new Set(answers.map(toHex)).size;
        }),
      ),
    );
    expect(result).toEqual(Array.from({ length: 40 }, () => 1));
    // Two nodes may both carry an intent to its end, but never sign anything else for it.
    expect(new Set(uses.map(({ tbsSha256 }) => tbsSha256)).size).toBe(40);
  });

  it('V5: one secret, 64 keys at once on two nodes: one is signed for, the guard of step 6 refuses the others', async () => {
    const { id, secret } = await one.createSecret('device');
    const requests = await Promise.all(Array.from({ length: 64 }, (_, index) => requestFor(`contender-${index}`)));
    const { result, uses } = await witnessed(() =>
      Promise.all(
        requests.map(async (requestDer, index) =>
          keep(await (index % 2 ? one : other).enroll('device', requestDer, secret)),
        ),
      ),
    );
    const codes = result.map((outcome) => (outcome.kind === 'refused' ? outcome.error.code : outcome.kind));
    expect(codes.toSorted()).toEqual(['issued', ...Array.from({ length: 63 }, () => 'secretSpent')]);
    expect(uses).toHaveLength(1);
    expect(await usesOf(id)).toBe(1);
  });
});

describe('failures before the intent is on record leave no signature', () => {
  it('step 5: a profile whose certificates break a rule', async () => {
    const { id, secret } = await one.createSecret('faulty');
    const requestDer = await requestFor('faulty-1');
    const { result, uses } = await witnessed(() => refused(one.enroll('faulty', requestDer, secret)));
    expect(result).toBe('lintFailed');
    expect(uses).toEqual([]);
    expect(await recordedFor('faulty-1')).toEqual([]);
    expect(await usesOf(id)).toBe(0);
  });

  it.each([
    { what: 'refuses the row', state: '23514', code: 'internal' },
    { what: 'has no space left', state: '53100', code: 'registryUnavailable' },
  ])('step 6: the database $what', async ({ state, code }) => {
    const deviceId = `unrecordable-${state}`;
    await observer.query(`
      CREATE FUNCTION refuse_intent() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF NEW.device_id = '${deviceId}' THEN RAISE EXCEPTION 'refused' USING ERRCODE = '${state}'; END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER refuse_intent BEFORE INSERT ON issuance_intent FOR EACH ROW EXECUTE FUNCTION refuse_intent()`);
    const { id, secret } = await one.createSecret('device');
    const requestDer = await requestFor(deviceId);
    try {
      const { result, uses } = await witnessed(() => refused(one.enroll('device', requestDer, secret)));
      if (code !== undefined) expect(result).toBe(code);
      expect(uses).toEqual([]);
    } finally {
      await observer.query('DROP FUNCTION refuse_intent CASCADE');
    }
    expect(await recordedFor(deviceId)).toEqual([]);
    expect(await usesOf(id)).toBe(0);
    // V5: the secret is still good for the same request.
    await issued(one.enroll('device', requestDer, secret));
  });

  it('step 6: one row among others that is refused takes no other with it', async () => {
    await observer.query(`
      CREATE FUNCTION refuse_intent() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF NEW.device_id LIKE 'odd-%' THEN RAISE EXCEPTION 'refused' USING ERRCODE = '23514'; END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER refuse_intent BEFORE INSERT ON issuance_intent FOR EACH ROW EXECUTE FUNCTION refuse_intent()`);
    try {
      const wanted = await Promise.all(
        Array.from({ length: 30 }, async (_, index) => {
          const deviceId = `${index % 3 === 0 ? 'odd' : 'even'}-${index}`;
          return {
            deviceId,
            requestDer: await requestFor(deviceId),
            secret: (await one.createSecret('device')).secret,
          };
        }),
      );
      const { result, uses } = await witnessed(() =>
        Promise.all(
          wanted.map(async ({ requestDer, secret }) => keep(await one.enroll('device', requestDer, secret)).kind),
        ),
      );
      expect(result).toEqual(wanted.map(({ deviceId }) => (deviceId.startsWith('odd') ? 'refused' : 'issued')));
      expect(uses).toHaveLength(20);
    } finally {
      await observer.query('DROP FUNCTION refuse_intent CASCADE');
    }
  });

  it('step 6: the registry is closed', async () => {
    const node = new WitnessedNode(postgres.databaseUrl, keys);
    await node.catalog.load();
    const { id, secret } = await one.createSecret('device');
    await node.registry.close();
    const requestDer = await requestFor('closed-before');
    const { result, uses } = await witnessed(() => refused(node.enroll('device', requestDer, secret)));
    expect(result).toBe('registryUnavailable');
    expect(uses).toEqual([]);
    expect(await usesOf(id)).toBe(0);
  }, 60_000);
});

describe('failures between steps 6 and 8: what was signed is withheld', () => {
  it('the registry is closed: nothing is returned, and a retry on another node signs the same bytes', async () => {
    const node = new WitnessedNode(postgres.databaseUrl, keys);
    await node.catalog.load();
    const { secret } = await one.createSecret('device');
    const requestDer = await requestFor('closed-between');
    node.betweenRecordingAndSigning = () => node.registry.close();
    const { result, uses } = await witnessed(() => refused(node.enroll('device', requestDer, secret)));
    expect(result).toBe('registryUnavailable');
    expect(uses).toHaveLength(1);
    const [left] = await recordedFor('closed-between');
    expect(left?.certificateDer).toBeNull();
    expect(toHex(sha256(left!.tbsCertificateDer))).toBe(uses[0]?.tbsSha256);
    // V5: the secret is spent, and its outcome is there to be fetched.
    const certificateDer = await issued(other.enroll('device', requestDer, secret));
    expect(tbsSha256Of(certificateDer)).toBe(uses[0]?.tbsSha256);
  }, 60_000);

  it('the key fails: nothing is signed, and a retry completes the recorded intent', async () => {
    const { secret } = await one.createSecret('device');
    const requestDer = await requestFor('key-failed');
    one.betweenRecordingAndSigning = () => Promise.reject(new Error('the token was pulled out'));
    const { result, uses } = await witnessed(() => refused(one.enroll('device', requestDer, secret)));
    expect(result).toBe('internal');
    expect(uses).toEqual([]);
    const [left] = await recordedFor('key-failed');
    const certificateDer = await issued(one.enroll('device', requestDer, secret));
    expect(tbsSha256Of(certificateDer)).toBe(toHex(sha256(left!.tbsCertificateDer)));
  });

  it('the device is suspended: refused and not on record; resumed, it gets the same bytes signed', async () => {
    const { secret } = await one.createSecret('device');
    const requestDer = await requestFor('suspended-between');
    const setState = (state: string): Promise<unknown> =>
      observer.query(`UPDATE device SET state = $1::device_state WHERE id = 'suspended-between'`, [state]);
    one.betweenRecordingAndSigning = () => setState('suspended');
    const { result, uses } = await witnessed(() => refused(one.enroll('device', requestDer, secret)));
    expect(result).toBe('deviceSuspended');
    expect(uses).toHaveLength(1);
    expect((await recordedFor('suspended-between')).map(({ certificateDer }) => certificateDer)).toEqual([null]);
    const again = await witnessed(() => refused(one.enroll('device', requestDer, secret)));
    expect(again.result).toBe('deviceSuspended');
    await setState('registered');
    expect(tbsSha256Of(await issued(one.enroll('device', requestDer, secret)))).toBe(uses[0]?.tbsSha256);
  });

  it('the certificate to renew is revoked: refused, not on record, and refused ever after', async () => {
    const { secret } = await one.createSecret('device');
    const oldDer = await issued(one.enroll('device', await requestFor('revoked-between'), secret));
    const { id } = (await one.registry.admin.findCertificateByFingerprint(sha256(oldDer)))!;
    const renewalDer = await requestFor('revoked-between');
    one.betweenRecordingAndSigning = () =>
      other.revocation.revoke({
        certificate: id,
        reason: 'superseded',
        invalidityDate: undefined,
        principal: 'admin',
        remoteAddress: undefined,
        correlationId: undefined,
      });
    const { result, uses } = await witnessed(() => refused(one.renew('device', renewalDer, oldDer)));
    expect(result).toBe('certificateRevoked');
    expect(uses).toHaveLength(1);
    const left = (await recordedFor('revoked-between')).filter(({ certificateDer }) => certificateDer === null);
    expect(left.map(({ tbsCertificateDer }) => toHex(sha256(tbsCertificateDer)))).toEqual([uses[0]?.tbsSha256]);
    const again = await witnessed(() => refused(other.renew('device', renewalDer, oldDer)));
    expect(again).toEqual({ result: 'certificateRevoked', uses: [] });
  });
});

describe('the witness and the registry, over all of it', () => {
  let uses: readonly WitnessedUse[];
  let intents: readonly {
    readonly id: string;
    readonly serialNumber: Uint8Array;
    readonly tbsCertificateDer: Uint8Array;
  }[];
  let certificates: readonly { readonly id: string; readonly certificateDer: Uint8Array }[];

  beforeAll(async () => {
    uses = await readWitness(witnessFile);
    const read = async <Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> =>
      (await observer.query<Row>(sql)).rows;
    intents = await read(
      'SELECT id, serial_number AS "serialNumber", tbs_certificate_der AS "tbsCertificateDer" FROM issuance_intent',
    );
    certificates = await read('SELECT id, certificate_der AS "certificateDer" FROM certificate');
  });

  it('V1: every use of a key was over the bytes of an intent, committed at that moment', () => {
    expect(uses.length).toBeGreaterThan(60);
    expect(keys.unrecorded).toEqual([]);
    const recorded = new Set(intents.map(({ tbsCertificateDer }) => toHex(sha256(tbsCertificateDer))));
    expect(uses.filter(({ tbsSha256 }) => !recorded.has(tbsSha256))).toEqual([]);
  });

  it('V2: one serial number, one TBSCertificate', () => {
    const hashes = new Map(
      intents.map(({ serialNumber, tbsCertificateDer }) => [toHex(serialNumber), toHex(sha256(tbsCertificateDer))]),
    );
    expect(hashes.size).toBe(intents.length);
    for (const { serialNumberHex, tbsSha256 } of uses) expect(hashes.get(serialNumberHex!)).toBe(tbsSha256);
  });

  it('V3: every certificate that was returned is on record byte for byte, and every one on record was witnessed', () => {
    const onRecord = new Set(certificates.map(({ certificateDer }) => toHex(certificateDer)));
    expect(returned.filter((certificateDer) => !onRecord.has(toHex(certificateDer)))).toEqual([]);
    const signed = new Set(uses.map(({ tbsSha256 }) => tbsSha256));
    expect(
      certificates.filter(({ certificateDer }) => !signed.has(tbsSha256Of(new Uint8Array(certificateDer)))),
    ).toEqual([]);
  });

  it('V6: every certificate on record is its intent’s bytes and no other', () => {
    const tbsById = new Map(intents.map(({ id, tbsCertificateDer }) => [id, toHex(sha256(tbsCertificateDer))]));
    for (const { id, certificateDer } of certificates) {
      expect(tbsSha256Of(new Uint8Array(certificateDer))).toBe(tbsById.get(id));
    }
  });
});
