/** Sealed private keys and secrets in the registry: opaque to it, but for what tells that they have one passphrase. */
import { CaError } from '@touchmark/ca';
import type { AuditEvent } from '@touchmark/ca';
import type pg from 'pg';
import { insertAuditEvents } from './audit-log.ts';
import type { PrismaClient } from './generated/client.ts';
import { where } from './defined-where.ts';
import { asked } from './admin/prisma-errors.ts';
import { inTransaction } from './retry.ts';

/** A record as the key store seals it: plain JSON under the key's id. Those of secrets have the `kind` "secret". */
export interface SealedRecord {
  readonly keyId: string;
  /** The same for all that were sealed with one passphrase and one salt. */
  readonly passphraseCheck: string;
}

/** Carries the codes that the key store's own errors have. */
export class SealedKeyConflict extends Error {
  readonly code: 'keyExists' | 'passphraseChanged';

  constructor(code: SealedKeyConflict['code'], message: string) {
    super(message);
    this.name = 'SealedKeyConflict';
    this.code = code;
  }
}

/** Nobody else inserts or replaces meanwhile; readers are not kept waiting. */
const lock = 'LOCK TABLE sealed_key IN SHARE ROW EXCLUSIVE MODE';

/** The port `SealedKeyStore` of the key store. */
export class PostgresSealedKeyStore<Sealed extends SealedRecord> {
  readonly #prisma: PrismaClient;
  readonly #pool: pg.Pool;

  constructor(prisma: PrismaClient, pool: pg.Pool) {
    this.#prisma = prisma;
    this.#pool = pool;
  }

  async find(keyId: string): Promise<Sealed | undefined> {
    const row = await asked(() => this.#prisma.sealedKey.findUnique({ where: where({ keyId }) }));
    // Checked by the key store before it is used: a sealed key proves itself.
    return row === null ? undefined : (row.sealed as unknown as Sealed);
  }

  /**
   * Never overwrites, and adds nothing that was sealed with another passphrase than the rest: a node that has missed a change
   * of the passphrase would add a key that nobody else can open.
   *
   * @throws SealedKeyConflict
   */
  async insert(sealed: Sealed): Promise<void> {
    await this.#write(sealed, 'INSERT INTO sealed_key (key_id, sealed) VALUES ($1, $2::jsonb) ON CONFLICT DO NOTHING');
  }

  /** As `insert`, but in the place of a secret that is there; never of a key. @throws SealedKeyConflict */
  async putSecret(sealed: Sealed): Promise<void> {
    await this.#write(
      sealed,
      `INSERT INTO sealed_key (key_id, sealed) VALUES ($1, $2::jsonb)
       ON CONFLICT (key_id) DO UPDATE SET sealed = EXCLUDED.sealed WHERE sealed_key.sealed->>'kind' = 'secret'`,
    );
  }

  /** Leaves keys where they are. */
  async deleteSecret(keyId: string): Promise<void> {
    await inTransaction(this.#pool, async (client) => {
      await client.query(lock);
      await client.query(`DELETE FROM sealed_key WHERE key_id = $1 AND sealed->>'kind' = 'secret'`, [keyId]);
    });
  }

  async #write(sealed: Sealed, statement: string): Promise<void> {
    const json = JSON.stringify(sealed);
    await inTransaction(this.#pool, async (client) => {
      await client.query(lock);
      const { rows } = await client.query<{ mine: boolean; known: boolean; none: boolean }>(
        `SELECT coalesce(bool_or(key_id = $1 AND sealed = $2::jsonb), false) AS mine,
                coalesce(bool_or(sealed->>'passphraseCheck' = $3), false) AS known,
                count(*) = 0 AS none
         FROM sealed_key`,
        [sealed.keyId, json, sealed.passphraseCheck],
      );
      const [found] = rows;
      // An earlier run of this transaction committed, and its answer was lost.
      if (found?.mine === true) return;
      if (found?.none === false && !found.known) throw passphraseChanged();
      const { rowCount } = await client.query(statement, [sealed.keyId, json]);
      if (rowCount === 0) throw keyExists(sealed.keyId);
    });
  }

  async list(): Promise<readonly Sealed[]> {
    const rows = await asked(() => this.#prisma.sealedKey.findMany({ orderBy: { keyId: 'asc' } }));
    return rows.map(({ sealed }) => sealed as unknown as Sealed);
  }

  /**
   * The same, after every change that is under way has ended: the session of a process that was killed may still be
   * committing what it was sent.
   */
  async listSettled(): Promise<readonly Sealed[]> {
    return inTransaction(this.#pool, async (client) => {
      await client.query('LOCK TABLE sealed_key IN SHARE MODE');
      const { rows } = await client.query<{ sealed: Sealed }>('SELECT sealed FROM sealed_key ORDER BY key_id');
      return rows.map(({ sealed }) => sealed);
    });
  }

  /**
   * Replaces all records at once, with the audit event of it. @throws CaError `conflict` when there are others than `before`
   */
  async replaceAll(before: readonly Sealed[], after: readonly Sealed[], audit: AuditEvent): Promise<void> {
    await inTransaction(this.#pool, async (client) => {
      await client.query(lock);
      if (after.length > 0 && (await holdsExactly(client, after))) return;
      if (!(await holdsExactly(client, before))) {
        throw new CaError('conflict', 'A key was made or sealed anew meanwhile, so nothing was changed. Try again.');
      }
      await client.query(
        `UPDATE sealed_key SET sealed = input.sealed
         FROM unnest($1::text[], $2::jsonb[]) AS input(key_id, sealed) WHERE sealed_key.key_id = input.key_id`,
        parametersOf(after),
      );
      await insertAuditEvents(client, [audit]);
    });
  }
}

async function holdsExactly(client: pg.ClientBase, records: readonly SealedRecord[]): Promise<boolean> {
  const { rows } = await client.query<{ same: boolean }>(
    `SELECT coalesce(bool_and(stored.sealed IS NOT DISTINCT FROM input.sealed), true) AS same
     FROM sealed_key AS stored FULL JOIN unnest($1::text[], $2::jsonb[]) AS input(key_id, sealed) USING (key_id)`,
    parametersOf(records),
  );
  return rows[0]?.same === true;
}

function parametersOf(records: readonly SealedRecord[]): [string[], string[]] {
  return [records.map(({ keyId }) => keyId), records.map((record) => JSON.stringify(record))];
}

function keyExists(keyId: string): SealedKeyConflict {
  return new SealedKeyConflict('keyExists', `There is a key "${keyId}" already. It is left as it is.`);
}

function passphraseChanged(): SealedKeyConflict {
  return new SealedKeyConflict(
    'passphraseChanged',
    'The passphrase of the keys was changed: this node still has the earlier one, and makes no new keys. Give it the new passphrase and start it again.',
  );
}
