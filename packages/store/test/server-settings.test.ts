import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { invocation } from '../src/embedded-postgres-account.ts';
import { clusterUser, openCluster } from '../src/embedded-postgres-cluster.ts';
import { stopServer } from '../src/embedded-postgres-server.ts';
import { checkServerSettings, createPool, ServerSettingsError } from '../src/index.ts';
import { placeCluster, startTestPostgres } from '../src/testing.ts';
import type { TestPostgres } from '../src/testing.ts';

let postgres: TestPostgres;

beforeAll(async () => {
  postgres = await startTestPostgres({ migrated: false });
});

afterAll(async () => {
  await postgres.stop();
});

const check = async (databaseUrl: string): Promise<readonly string[]> => {
  const pool = createPool(databaseUrl, { max: 1 });
  try {
    await checkServerSettings(pool);
    return [];
  } catch (error) {
    if (error instanceof ServerSettingsError) return error.findings;
    throw error;
  } finally {
    await pool.end();
  }
};

describe('the settings of the server', () => {
  it('of the embedded default are fit', async () => {
    expect(await check(postgres.databaseUrl)).toEqual([]);
  });

  it.each([
    ['synchronous_commit', 'off', /synchronous_commit is off.*RESET synchronous_commit/],
    ['default_transaction_read_only', 'on', /read-only/],
  ])('%s = %s, set for the database, is refused', async (name, value, finding) => {
    const url = await postgres.createDatabase();
    const database = new URL(url).pathname.slice(1);
    await postgres.pool.query(`ALTER DATABASE "${database}" SET ${name} = ${value}`);
    const findings = await check(url);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatch(finding);
  });

  it('fsync = off and full_page_writes = off are refused, both named', async () => {
    const home = await mkdtemp(join(tmpdir(), 'touchmark-'));
    await placeCluster(home);
    const cluster = openCluster(home);
    const { command, args, ids } = invocation(cluster.account, cluster.binaries.postgres, [
      ...['-D', cluster.dataDirectory, '-c', 'fsync=off', '-c', 'full_page_writes=off'],
      ...['-c', 'listen_addresses=', '-c', `unix_socket_directories=${cluster.socketDirectory}`],
    ]);
    const server = spawn(command, args, { cwd: '/', stdio: 'ignore', ...ids });
    try {
      const url = `postgresql://${clusterUser}:${cluster.password}@localhost:5432/postgres?host=${cluster.socketDirectory}`;
      let findings: readonly string[] | undefined;
      for (let tries = 0; findings === undefined && tries < 100; tries++) {
        findings = await check(url).catch(() => undefined);
        await sleep(50);
      }
      expect(findings).toEqual([
        expect.stringMatching(/^fsync is off/),
        expect.stringMatching(/^full_page_writes is off/),
      ]);
    } finally {
      await stopServer({ pid: server.pid! }, cluster.dataDirectory);
      await rm(home, { recursive: true, force: true });
    }
  });
});
