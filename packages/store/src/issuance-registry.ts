/** The registry as the issuance cycle uses it: every call is gathered with others into one statement. */
import type {
  CertificateRecord,
  Dossier,
  DossierQuestion,
  EnrollmentAttempt,
  IssuanceGuard,
  IssuanceIntent,
  IssuanceRegistry,
  RecordCertificateResult,
  RecordIntentResult,
} from '@touchmark/ca';
import type pg from 'pg';
import { insertAttempts } from './attempt-log.ts';
import { Batcher } from './batcher.ts';
import { findDossiers } from './dossiers.ts';
import { recordCertificates } from './record-certificates.ts';
import type { CertificateInput } from './record-certificates.ts';
import { recordIntents } from './record-intents.ts';
import type { IntentInput } from './record-intents.ts';
import { withConnection } from './retry.ts';
import { recordSecretFailure } from './secret-failures.ts';

/** Of each of the three statements of an enrollment, on a busy service; an idle one asks at once. */
const gatherMilliseconds = 10;

export class PostgresIssuanceRegistry implements IssuanceRegistry {
  readonly #pool: pg.Pool;
  readonly #intents: Batcher<IntentInput, RecordIntentResult>;
  readonly #certificates: Batcher<CertificateInput, RecordCertificateResult>;
  readonly #attempts: Batcher<EnrollmentAttempt, undefined>;
  readonly #dossiers: Batcher<DossierQuestion, Dossier>;

  /** @param pool see `createHotPool` */
  constructor(pool: pg.Pool) {
    this.#pool = pool;
    const batcher = <Input, Output>(
      work: (client: pg.ClientBase, inputs: readonly Input[]) => Promise<readonly (Output | Error)[]>,
      maxInFlight: number,
    ): Batcher<Input, Output> =>
      new Batcher({
        run: (inputs) => withConnection(pool, (client) => work(client, inputs)),
        maxInFlight,
        gatherMilliseconds,
      });

    this.#intents = batcher(recordIntents, 2);
    this.#certificates = batcher(recordCertificates, 2);
    this.#attempts = batcher(recordAttempts, 1);
    this.#dossiers = batcher(findDossiers, 1);
  }

  findDossier(question: DossierQuestion): Promise<Dossier> {
    return this.#dossiers.add(question);
  }

  recordSecretFailure(id: string, remoteAddress: string, at: Date): Promise<void> {
    return recordSecretFailure(this.#pool, { id, remoteAddress }, at);
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
  await insertAttempts(client, inputs);
  return inputs.map(() => undefined);
}
