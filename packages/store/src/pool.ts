/** Connections to the registry's database. */
import pg from 'pg';

export interface PoolOptions {
  readonly max?: number;
  /** How long to wait for a connection; 0: as long as it takes. */
  readonly connectionTimeoutMillis?: number;
  /** How long to wait for the answer to a statement; undefined: as long as it takes. */
  readonly queryTimeoutMillis?: number;
  /** Run on each new connection before its first use. */
  readonly onConnect?: (client: pg.ClientBase) => Promise<void>;
  /** Told about idle connections that broke; they are replaced by themselves. */
  readonly onError?: (error: Error) => void;
}

/** Limits so that a network that swallows packets ends in an error, not in a request that hangs. */
export function createPool(databaseUrl: string, options: PoolOptions = {}): pg.Pool {
  const {
    max = 10,
    connectionTimeoutMillis = 5000,
    queryTimeoutMillis,
    onConnect,
    onError = () => undefined,
  } = options;
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max,
    connectionTimeoutMillis,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    ...(queryTimeoutMillis === undefined ? {} : { query_timeout: queryTimeoutMillis }),
    application_name: `touchmark ${process.pid}`,
    // eslint-disable-next-line @typescript-eslint/no-misused-promises -- pg-pool waits for it, whatever its types say
    ...(onConnect === undefined ? {} : { onConnect }),
  });
  pool.on('error', onError);
  // A break while a connection is in use is met by its next statement; unheard, it would end the process.
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
  });
  return pool;
}

/**
 * The few connections of the hot statements. Each of them is a list of index look-ups, so its plan is fixed once: a table that
 * was empty when the plan was made and fills up within minutes must not be scanned.
 */
export function createHotPool(
  databaseUrl: string,
  options: Pick<PoolOptions, 'onError'> & { readonly max: number },
): pg.Pool {
  return createPool(databaseUrl, {
    ...options,
    // Above statement_timeout: for a server that stands still, or a network that swallows packets.
    queryTimeoutMillis: 11_000,
    onConnect: async (client) => {
      await client.query(
        `SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET jit = off;
         SET statement_timeout = '10s'; SET lock_timeout = '8s'; SET idle_in_transaction_session_timeout = '10s'`,
      );
    },
  });
}

/** Other connections to the same database, of which nothing stays in the pool. */
export function clonePool({ options }: pg.Pool, max: number): pg.Pool {
  // The password is not enumerable.
  const { password } = options;
  const pool = new pg.Pool({ ...options, ...(password === undefined ? {} : { password }), max });
  pool.on('error', () => undefined);
  return pool;
}
