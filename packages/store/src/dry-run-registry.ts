/** The registry as a dry run sees it: nothing is locked, nothing is written. */
import type { DryRunRegistry, GuardFailure, GuardQuestion, IssuanceRegistry } from '@touchmark/ca';
import type pg from 'pg';
import { findGuardFailures } from './guard-failures.ts';
import { withConnection } from './retry.ts';

export class PostgresDryRunRegistry implements DryRunRegistry {
  readonly #pool: pg.Pool;
  readonly #issuance: Pick<IssuanceRegistry, 'findDossier'>;

  constructor(pool: pg.Pool, issuance: Pick<IssuanceRegistry, 'findDossier'>) {
    this.#pool = pool;
    this.#issuance = issuance;
  }

  findDossier: DryRunRegistry['findDossier'] = (question) => this.#issuance.findDossier(question);

  findGuardFailures(questions: readonly GuardQuestion[]): Promise<readonly (GuardFailure | undefined)[]> {
    const asked = questions.map(({ id, publicKeySha256, holderId, profileName, guard, at }) => ({
      intent: { id, publicKeySha256, deviceId: holderId, profileName },
      guard,
      at,
      countsOpenIntents: true,
    }));
    return withConnection(this.#pool, (client) => findGuardFailures(client, asked));
  }
}
