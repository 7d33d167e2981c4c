/** What OCSP and /status answer from; questions of many requests share one look-up. */
import type { SerialStatus, StatusRegistry } from '@touchmark/ca';
import type pg from 'pg';
import { Batcher } from './batcher.ts';
import { hex, revocationOf } from './convert.ts';
import { withConnection } from './retry.ts';

interface Question {
  readonly authorityId: string;
  readonly serialNumbersHex: readonly string[];
}

type Answer = ReadonlyMap<string, SerialStatus>;

interface StatusRow {
  readonly id: string;
  readonly authorityId: string;
  readonly serialNumber: Uint8Array;
  readonly notAfter: Date;
  readonly revokedAt: Date | null;
  readonly revocationReason: number | null;
  readonly invalidityDate: Date | null;
}

export class PostgresStatusRegistry implements StatusRegistry {
  readonly #questions: Batcher<Question, Answer>;

  /** @param pool see `createHotPool` */
  constructor(pool: pg.Pool) {
    this.#questions = new Batcher({
      run: (questions) => withConnection(pool, (client) => findStatuses(client, questions)),
      maxInFlight: 2,
    });
  }

  findStatuses(authorityId: string, serialNumbersHex: readonly string[]): Promise<Answer> {
    return this.#questions.add({ authorityId, serialNumbersHex });
  }
}

async function findStatuses(client: pg.ClientBase, questions: readonly Question[]): Promise<Answer[]> {
  const serials = new Set(questions.flatMap(({ serialNumbersHex }) => serialNumbersHex));
  const { rows } = await client.query<StatusRow>({
    name: 'find-statuses',
    text: `SELECT id, authority_id AS "authorityId", serial_number AS "serialNumber", not_after AS "notAfter",
        revoked_at AS "revokedAt", revocation_reason AS "revocationReason", invalidity_date AS "invalidityDate"
      FROM certificate WHERE serial_number = ANY($1::bytea[])`,
    values: [[...serials].map((serial) => Buffer.from(serial, 'hex'))],
  });
  const found = new Map(
    rows.map((row) => [
      `${row.authorityId}/${hex(row.serialNumber)}`,
      { certificateId: row.id, notAfter: row.notAfter, revocation: revocationOf(row) },
    ]),
  );
  return questions.map(({ authorityId, serialNumbersHex }) => {
    const answer = new Map<string, SerialStatus>();
    for (const serial of serialNumbersHex) {
      const status = found.get(`${authorityId}/${serial}`);
      if (status !== undefined) answer.set(serial, status);
    }
    return answer;
  });
}
