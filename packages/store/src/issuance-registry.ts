/** The registry as the issuance cycle uses it: every call is gathered with others into one statement. */
import type {
  CertificateRecord,
  Device,
  EnrollmentAttempt,
  EnrollmentSecret,
  IssuanceGuard,
  IssuanceIntent,
  IssuanceRegistry,
  IssuedCertificate,
  RecordCertificateResult,
  RecordedOutcome,
  RecordIntentResult,
} from '@touchmark/ca';
import type pg from 'pg';
import { attemptColumns } from './attempt-columns.ts';
import { Batcher } from './batcher.ts';
import { hex } from './convert.ts';
import {
  findCertificatesByFingerprint,
  findDevices,
  findKeyUses,
  findSecrets,
  haveCurrentCertificates,
} from './lookups.ts';
import type { CurrencyQuestion, KeyUse, KeyUseQuestion } from './lookups.ts';
import { findOutcomes } from './outcomes.ts';
import { recordCertificates } from './record-certificates.ts';
import type { CertificateInput } from './record-certificates.ts';
import { recordIntents } from './record-intents.ts';
import type { IntentInput } from './record-intents.ts';
import { inTransaction, withConnection } from './retry.ts';
import { rowSet } from './unnest.ts';

const attempts = rowSet('input', attemptColumns);
const insertAttempts = `INSERT INTO enrollment_attempt (${attempts.names})
  SELECT ${attempts.names} FROM ${attempts.source} ON CONFLICT DO NOTHING`;

/** 5 wrong presentations within 15 minutes lock a secret for 30 (DESIGN: defaults). */
const recordFailure = `
UPDATE enrollment_secret SET
  failed_at = CASE WHEN cardinality(recent.times) >= 5 THEN '{}' ELSE recent.times END,
  locked_until = CASE WHEN cardinality(recent.times) >= 5 THEN $2::timestamptz + interval '30 minutes' ELSE locked_until END
FROM (
  SELECT array(
    SELECT t FROM unnest(old.failed_at || $2::timestamptz) AS t WHERE t > $2::timestamptz - interval '15 minutes'
  ) AS times FROM enrollment_secret AS old WHERE old.id = $1
) AS recent
WHERE id = $1`;

export class PostgresIssuanceRegistry implements IssuanceRegistry {
  readonly #pool: pg.Pool;
  readonly #intents: Batcher<IntentInput, RecordIntentResult>;
  readonly #certificates: Batcher<CertificateInput, RecordCertificateResult>;
  readonly #attempts: Batcher<EnrollmentAttempt, undefined>;
  readonly #secrets: Batcher<string, EnrollmentSecret | undefined>;
  readonly #devices: Batcher<string, Device | undefined>;
  readonly #byFingerprint: Batcher<Uint8Array, IssuedCertificate | undefined>;
  readonly #currency: Batcher<CurrencyQuestion, boolean>;
  readonly #keyUses: Batcher<KeyUseQuestion, KeyUse>;
  readonly #outcomes: Batcher<Uint8Array, RecordedOutcome>;

  /** @param pool see `createHotPool` */
  constructor(pool: pg.Pool) {
    this.#pool = pool;
    const batcher = <Input, Output>(
      work: (client: pg.ClientBase, inputs: readonly Input[]) => Promise<readonly (Output | Error)[]>,
      maxInFlight: number,
    ): Batcher<Input, Output> =>
      new Batcher({ run: (inputs) => withConnection(pool, (client) => work(client, inputs)), maxInFlight });

    this.#intents = batcher(recordIntents, 2);
    this.#certificates = batcher(recordCertificates, 2);
    this.#attempts = batcher(recordAttempts, 1);
    this.#secrets = batcher(findSecrets, 1);
    this.#devices = batcher(findDevices, 1);
    this.#byFingerprint = batcher(findCertificatesByFingerprint, 1);
    this.#currency = batcher(haveCurrentCertificates, 1);
    this.#keyUses = batcher(findKeyUses, 1);
    this.#outcomes = batcher(async (client, digests) => {
      const outcomes = await findOutcomes(client, digests);
      return digests.map((digest) => outcomes.get(hex(digest)) ?? { intent: undefined, certificate: undefined });
    }, 1);
  }

  findSecret(id: string): Promise<EnrollmentSecret | undefined> {
    return this.#secrets.add(id);
  }

  async recordSecretFailure(id: string, at: Date): Promise<void> {
    await inTransaction(this.#pool, async (client) => {
      // The row first: two failures at once must both be counted.
      await client.query('SELECT FROM enrollment_secret WHERE id = $1 FOR UPDATE', [id]);
      await client.query({ name: 'record-secret-failure', text: recordFailure, values: [id, at] });
    });
  }

  findCertificateByFingerprint(fingerprintSha256: Uint8Array): Promise<IssuedCertificate | undefined> {
    return this.#byFingerprint.add(fingerprintSha256);
  }

  findDevice(id: string): Promise<Device | undefined> {
    return this.#devices.add(id);
  }

  hasCurrentCertificate(deviceId: string, at: Date): Promise<boolean> {
    return this.#currency.add({ deviceId, at });
  }

  findKeyUse(publicKeySha256: Uint8Array, exceptDeviceId: string | undefined): Promise<KeyUse> {
    return this.#keyUses.add({ publicKeySha256, exceptDeviceId });
  }

  findOutcome(requestDigest: Uint8Array): Promise<RecordedOutcome> {
    return this.#outcomes.add(requestDigest);
  }

  recordIntent(intent: IssuanceIntent, guard: IssuanceGuard): Promise<RecordIntentResult> {
    return this.#intents.add({ intent, guard });
  }

  recordCertificate(record: CertificateRecord, guard: IssuanceGuard): Promise<RecordCertificateResult> {
    return this.#certificates.add({ record, guard });
  }

  async recordAttempt(attempt: EnrollmentAttempt): Promise<void> {
    await this.#attempts.add(attempt);
  }
}

async function recordAttempts(client: pg.ClientBase, inputs: readonly EnrollmentAttempt[]): Promise<undefined[]> {
  await client.query({ name: 'record-attempts', text: insertAttempts, values: attempts.values(inputs) });
  return inputs.map(() => undefined);
}
