/** Previews that take long: two at a time, and none for more than ten seconds. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startTestPostgres } from '@touchmark/store/testing';
import type { TestPostgres } from '@touchmark/store/testing';
import { exchange } from '../support/https-exchange.ts';
import { eventually } from '../support/run.ts';
import { newTouchmark } from '../support/touchmark.ts';
import type { Touchmark } from '../support/touchmark.ts';

let postgres: TestPostgres;
let touchmark: Touchmark;
let authorization: Readonly<Record<string, string>>;

beforeAll(async () => {
  postgres = await startTestPostgres({ migrated: false });
  touchmark = await newTouchmark({
    DATABASE_URL: postgres.databaseUrl,
    TOUCHMARK_KEY_PASSPHRASE: 'the passphrase of the previews',
  });
  await touchmark.start();
  const { token } = (await touchmark.cliJson('setup-link')) as { token: string };
  const { json } = await call('POST', '/setup', {}, { token });
  authorization = { Authorization: `Bearer ${json.token}` };
}, 120_000);

afterAll(async () => {
  await touchmark?.dispose();
  await postgres?.stop();
});

interface Answer {
  readonly status: number;
  readonly json: { readonly code?: string; readonly detail?: string; readonly token?: string };
}

async function call(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: object,
): Promise<Answer> {
  const answer = await exchange(
    `${touchmark.firstRun.adminUrl}/api/v1${path}`,
    {
      method,
      ca: readFileSync(touchmark.rootCertificateFile),
      headers: { ...headers, 'Content-Type': 'application/json' },
    },
    body && JSON.stringify(body),
  );
  return { status: answer.status, json: JSON.parse(answer.body.toString()) as Answer['json'] };
}

/** With a token: the guard of an administrator's certificate would look at the table that is locked. */
const preview = {
  ofRevocation: () => call('GET', '/revocations/preview?profile=device', authorization),
  ofProfile: () => call('POST', '/profiles/device/preview', authorization, { version: 1 }),
};
const waitingReads = async (): Promise<number> => {
  const { rowCount } = await postgres.pool.query(
    `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%FROM certificate%'`,
  );
  return rowCount ?? 0;
};

it('a third is refused at once, the two are ended after ten seconds, and the next one is answered', async () => {
  const locking = await postgres.pool.connect();
  try {
    await locking.query('BEGIN; LOCK TABLE certificate IN ACCESS EXCLUSIVE MODE');
    const two = [preview.ofRevocation(), preview.ofProfile()];
    await eventually('two reads under way', 8, async () => ((await waitingReads()) >= 2 ? true : undefined));
    const third = await preview.ofProfile();
    expect([third.status, third.json]).toEqual([503, expect.objectContaining({ code: 'overloaded' })]);
    for (const { status, json } of await Promise.all(two)) {
      expect([status, json]).toEqual([503, expect.objectContaining({ code: 'readTooLong' })]);
    }
  } finally {
    await locking.query('ROLLBACK');
    locking.release();
  }
  expect((await preview.ofProfile()).status).toBe(200);
  expect((await preview.ofRevocation()).status).toBe(200);
}, 60_000);
