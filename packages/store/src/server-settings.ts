/** Refuses a database server on which a commit may be lost. */
import type pg from 'pg';

/** A setting with which the registry could forget what it signed. */
export class ServerSettingsError extends Error {
  readonly findings: readonly string[];

  constructor(findings: readonly string[]) {
    super(`The database server is not fit for a registry:\n${findings.map((finding) => `  - ${finding}`).join('\n')}`);
    this.name = 'ServerSettingsError';
    this.findings = findings;
  }
}

interface Settings {
  readonly version: number;
  readonly fsync: string;
  readonly synchronousCommit: string;
  readonly fullPageWrites: string;
  readonly readOnly: string;
  readonly recovering: boolean;
}

/** @throws ServerSettingsError with every finding and how to mend it */
export async function checkServerSettings(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<Settings>(
    `SELECT current_setting('server_version_num')::int AS version, current_setting('fsync') AS fsync,
       current_setting('synchronous_commit') AS "synchronousCommit", current_setting('full_page_writes') AS "fullPageWrites",
       current_setting('transaction_read_only') AS "readOnly", pg_is_in_recovery() AS recovering`,
  );
  const [settings] = rows;
  const findings = settings === undefined ? ['it does not tell its settings'] : findingsOf(settings);
  if (findings.length > 0) throw new ServerSettingsError(findings);
}

function findingsOf(settings: Settings): string[] {
  const lose = 'a power failure could lose certificates that were handed out';
  const checks: readonly (readonly [wrong: boolean, finding: string])[] = [
    [
      settings.version < 140_000,
      `its version is ${Math.floor(settings.version / 10_000)}; PostgreSQL 14 or later is needed`,
    ],
    [settings.fsync !== 'on', `fsync is ${settings.fsync}: ${lose}. Set fsync = on in postgresql.conf and reload`],
    [
      settings.synchronousCommit === 'off',
      `synchronous_commit is off: ${lose}. Set it to on (also for the role and the database: ALTER ROLE … RESET synchronous_commit)`,
    ],
    [
      settings.fullPageWrites !== 'on',
      `full_page_writes is ${settings.fullPageWrites}: a power failure could damage the registry. Set full_page_writes = on and reload`,
    ],
    [settings.recovering, 'it is a standby that only reads. Point DATABASE_URL at the primary'],
    [
      !settings.recovering && settings.readOnly === 'on',
      'it is read-only. Set default_transaction_read_only = off, also for the role and the database',
    ],
  ];
  return checks.filter(([wrong]) => wrong).map(([, finding]) => finding);
}
