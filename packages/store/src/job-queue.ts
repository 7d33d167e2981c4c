/** Background work: graphile-worker in the registry's own database. */
import { Logger, run, runMigrations } from 'graphile-worker';
import type pg from 'pg';

/** Installs or upgrades the queue's own schema; needed before anything is revoked. */
export async function installJobQueue(pool: pg.Pool): Promise<void> {
  await runMigrations({ pgPool: pool, logger: silentLogger });
}

export type JobLog = (
  level: 'error' | 'warning' | 'info' | 'debug',
  message: string,
  details: Readonly<Record<string, unknown>> | undefined,
) => void;

export interface WorkerOptions {
  readonly pool: pg.Pool;
  /** By name. A task that throws is tried again, with growing pauses. */
  readonly tasks: Readonly<Record<string, (payload: unknown) => Promise<void>>>;
  /** graphile-worker's form, times in UTC; empty: none. */
  readonly crontab?: string;
  readonly concurrency?: number;
  readonly log?: JobLog;
}

export interface Worker {
  /** Lets running jobs finish; resolves when they have. */
  stop(): Promise<void>;
}

export async function startWorker({ pool, tasks, crontab = '', concurrency = 2, log }: WorkerOptions): Promise<Worker> {
  const runner = await run({
    pgPool: pool,
    taskList: Object.fromEntries(
      Object.entries(tasks).map(([name, task]) => [name, (payload: unknown) => task(payload)]),
    ),
    crontab,
    concurrency,
    // Jobs that are due later are found by looking: half a second of the CRL's delay at most.
    pollInterval: 500,
    noHandleSignals: true,
    logger:
      log === undefined ? silentLogger : new Logger(() => (level, message, details) => log(level, message, details)),
  });
  const ended = runner.promise.catch(() => undefined);
  return {
    async stop() {
      await runner.stop();
      await ended;
    },
  };
}

const silentLogger = new Logger(() => () => undefined);
