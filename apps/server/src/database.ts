/** The registry's database: an outside PostgreSQL, or the embedded one in the home; checked and brought up to date. */
import type { SealedRecord } from '@touchmark/keystore';
import {
  EmbeddedPostgres,
  EmbeddedPostgresError,
  RegistrySchemaError,
  ServerSettingsError,
  checkServerSettings,
  installJobQueue,
  migrate,
  openRegistry,
} from '@touchmark/store';
import type { Registry } from '@touchmark/store';
import type { Home } from './home.ts';
import { StartError } from './start-error.ts';
import type { Logger } from './logger.ts';
import type { Configuration } from './settings.ts';

export interface Database {
  readonly registry: Registry<SealedRecord>;
  close(): Promise<void>;
}

/** @throws StartError when it cannot be used, with what to do about it */
export async function openDatabase(configuration: Configuration, home: Home, logger: Logger): Promise<Database> {
  const embedded = configuration.databaseUrl === undefined ? await startEmbedded(home, logger) : undefined;
  let registry: Registry<SealedRecord> | undefined;
  try {
    const databaseUrl = configuration.databaseUrl ?? embedded?.databaseUrl ?? '';
    registry = openRegistry<SealedRecord>({
      databaseUrl,
      onConnectionError: (error) => logger.warn({ event: 'registry.connection', error }, 'a registry connection broke'),
    });
    await checkServerSettings(registry.pool);
    const applied = await migrate(registry.pool);
    if (applied.length > 0) logger.info({ event: 'registry.migrated', applied }, 'migrations applied');
    await installJobQueue(registry.pool);
    const opened = registry;
    return {
      registry: opened,
      async close() {
        await opened.close();
        await embedded?.stop();
      },
    };
  } catch (error) {
    await registry?.close().catch(() => undefined);
    await embedded?.stop().catch(() => undefined);
    throw asStartError(error);
  }
}

async function startEmbedded(home: Home, logger: Logger): Promise<EmbeddedPostgres> {
  try {
    return await EmbeddedPostgres.start({
      home: home.directory,
      onEvent: (event) =>
        logger.error({ ...event, event: `postgres.${event.kind}` }, 'the embedded PostgreSQL ended by itself'),
    });
  } catch (error) {
    throw asStartError(error);
  }
}

function asStartError(error: unknown): unknown {
  if (
    error instanceof EmbeddedPostgresError ||
    error instanceof ServerSettingsError ||
    error instanceof RegistrySchemaError
  ) {
    return new StartError(error.message, { cause: error });
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (['ECONNREFUSED', 'ENOTFOUND', 'ETIMEDOUT', '28P01', '28000', '3D000'].includes(code)) {
    return new StartError(
      `The registry's PostgreSQL cannot be reached (${code}). Check DATABASE_URL: host, port, user, password and that the database exists.`,
      { cause: error },
    );
  }
  return error;
}
