/** The registry: every adapter over the connections to one database. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PrismaPg } from '@prisma/adapter-pg';
import type {
  CatalogRegistry,
  CrlRegistry,
  DryRunRegistry,
  IssuanceRegistry,
  PendingRegistry,
  RevocationRegistry,
  StatusRegistry,
  SuccessionRegistry,
} from '@touchmark/ca';
import type pg from 'pg';
import { createAdminRegistry } from './admin/admin-registry.ts';
import type { AdminRegistry } from './admin/admin-registry.ts';
import { withBootstrapLock } from './bootstrap-lock.ts';
import { PostgresCatalogRegistry } from './catalog-registry.ts';
import { PostgresCrlRegistry } from './crl-registry.ts';
import { PostgresDryRunRegistry } from './dry-run-registry.ts';
import { PrismaClient } from './generated/client.ts';
import { PostgresIssuanceRegistry } from './issuance-registry.ts';
import { createHotPool, createPool } from './pool.ts';
import { PostgresPendingRegistry } from './pending-registry.ts';
import { PostgresRevocationJobRegistry } from './revocation-job-registry.ts';
import { PostgresRevocationRegistry } from './revocation-registry.ts';
import { PostgresSealedKeyStore } from './sealed-key-store.ts';
import type { SealedRecord } from './sealed-key-store.ts';
import { PostgresSuccessionRegistry } from './succession-registry.ts';
import { PostgresStatusRegistry } from './status-registry.ts';

export interface OpenRegistryOptions {
  readonly databaseUrl: string;
  /** Told about idle connections that broke; they are replaced by themselves. */
  readonly onConnectionError?: (error: Error) => void;
}

export interface Registry<Sealed extends SealedRecord = SealedRecord> {
  readonly pool: pg.Pool;
  readonly prisma: PrismaClient;
  readonly issuance: IssuanceRegistry;
  readonly pending: PendingRegistry;
  readonly dryRun: DryRunRegistry;
  readonly revocation: RevocationRegistry;
  readonly revocationJobs: PostgresRevocationJobRegistry;
  readonly succession: SuccessionRegistry;
  readonly status: StatusRegistry;
  readonly crl: CrlRegistry;
  readonly catalog: CatalogRegistry;
  readonly admin: AdminRegistry;
  readonly sealedKeys: PostgresSealedKeyStore<Sealed>;
  /** Runs what only one node may do at a time: setting up a new registry. */
  withBootstrapLock<T>(work: () => Promise<T>): Promise<T>;
  /** Closes every connection when what it does is through; after 10 seconds it no longer waits for that. */
  close(): Promise<void>;
}

const closeLimitMilliseconds = 10_000;

/** Opens no connection yet and changes nothing: `checkServerSettings`, `migrate` and `installJobQueue` come first. */
export function openRegistry<Sealed extends SealedRecord = SealedRecord>({
  databaseUrl,
  onConnectionError,
}: OpenRegistryOptions): Registry<Sealed> {
  const events = onConnectionError === undefined ? {} : { onError: onConnectionError };
  const pool = createPool(databaseUrl, { ...events, max: 10 });
  const hot = createHotPool(databaseUrl, { ...events, max: 6 });
  const locks = createPool(databaseUrl, { ...events, max: 4, connectionTimeoutMillis: 0 });
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  const issuance = new PostgresIssuanceRegistry(hot);
  return {
    pool,
    prisma,
    issuance,
    pending: new PostgresPendingRegistry(pool),
    dryRun: new PostgresDryRunRegistry(pool, issuance),
    revocation: new PostgresRevocationRegistry(pool),
    revocationJobs: new PostgresRevocationJobRegistry(pool),
    succession: new PostgresSuccessionRegistry(pool),
    status: new PostgresStatusRegistry(hot),
    crl: new PostgresCrlRegistry({ hot, locks, general: pool }),
    catalog: new PostgresCatalogRegistry(prisma),
    admin: createAdminRegistry(prisma, pool),
    sealedKeys: new PostgresSealedKeyStore<Sealed>(prisma, pool),
    withBootstrapLock: (work) => withBootstrapLock(locks, work),
    async close() {
      await prisma.$disconnect();
      await Promise.race([
        Promise.all([hot, locks, pool].map((each) => each.end())),
        sleep(closeLimitMilliseconds, undefined, { ref: false }),
      ]);
    },
  };
}
