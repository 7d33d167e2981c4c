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
import { findCertificatesByFingerprint, findDevices, findKeyUses, findSecrets } from './lookups.ts';
import type { KeyUse, KeyUseQuestion, SecretQuestion } from './lookups.ts';
import { findOutcomes } from './outcomes.ts';
import { recordCertificates } from './record-certificates.ts';
import type { CertificateInput } from './record-certificates.ts';
import { recordIntents } from './record-intents.ts';
import type { IntentInput } from './record-intents.ts';
import { withConnection } from './retry.ts';
import { recordSecretFailure } from './secret-failures.ts';
import { rowSet } from './unnest.ts';

const attempts = rowSet('input', attemptColumns);
const insertAttempts = `INSERT INTO enrollment_attempt (${attempts.names})
  SELECT ${attempts.names} FROM ${attempts.source} ON CONFLICT DO NOTHING`;

export class PostgresIssuanceRegistry implements IssuanceRegistry {
  readonly #pool: pg.Pool;
  readonly #intents: Batcher<IntentInput, RecordIntentResult>;
  readonly #certificates: Batcher<CertificateInput, RecordCertificateResult>;
  readonly #attempts: Batcher<EnrollmentAttempt, undefined>;
  readonly #secrets: Batcher<SecretQuestion, EnrollmentSecret | undefined>;
  readonly #devices: Batcher<string, Device | undefined>;
  readonly #byFingerprint: Batcher<Uint8Array, IssuedCertificate | undefined>;
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
    this.#keyUses = batcher(findKeyUses, 1);
    this.#outcomes = batcher(async (client, digests) => {
      const outcomes = await findOutcomes(client, digests);
      return digests.map((digest) => outcomes.get(hex(digest)) ?? { intent: undefined, certificate: undefined });
    }, 1);
  }

  findSecret(id: string, remoteAddress: string): Promise<EnrollmentSecret | undefined> {
    return this.#secrets.add({ id, remoteAddress });
  }

  recordSecretFailure(id: string, remoteAddress: string, at: Date): Promise<void> {
    return recordSecretFailure(this.#pool, { id, remoteAddress }, at);
  }

  findCertificateByFingerprint(fingerprintSha256: Uint8Array): Promise<IssuedCertificate | undefined> {
    return this.#byFingerprint.add(fingerprintSha256);
  }

  findDevice(id: string): Promise<Device | undefined> {
    return this.#devices.add(id);
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
