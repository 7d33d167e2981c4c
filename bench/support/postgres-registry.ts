/** A registry in a PostgreSQL of its own (fsync on), emptied between rounds, for work that runs in this process. */
import type { IssuanceRegistry } from '@touchmark/ca';
import { openRegistry } from '@touchmark/store';
import type { Registry } from '@touchmark/store';
import { startTestPostgres } from '@touchmark/store/testing';
import type { TestPostgres } from '@touchmark/store/testing';
import type { RegistrySetup } from './memory-authority.ts';

export class PostgresRegistry {
  readonly #postgres: TestPostgres;
  readonly #registry: Registry;

  private constructor(postgres: TestPostgres, registry: Registry) {
    this.#postgres = postgres;
    this.#registry = registry;
  }

  static async start(): Promise<PostgresRegistry> {
    const postgres = await startTestPostgres();
    return new PostgresRegistry(postgres, openRegistry({ databaseUrl: postgres.databaseUrl }));
  }

  get issuance(): IssuanceRegistry {
    return this.#registry.issuance;
  }

  /** The endpoint is that of the first; authorities and secrets are added to those that are there. */
  async add({ authorities, endpoint, secret }: RegistrySetup): Promise<void> {
    const { admin, prisma } = this.#registry;
    for (const authority of authorities) await admin.insertAuthority({ ...authority, name: authority.id });
    const { profile, ...settings } = endpoint;
    const { name } = profile;
    if ((await prisma.profile.findUnique({ where: { name } })) === null) {
      await prisma.profile.create({ data: { name, currentVersion: 1 } });
      await admin.insertEndpoint({ ...settings, profileName: name });
    }
    await admin.createSecret(secret);
  }

  /** Forgets what was issued. */
  async empty(): Promise<void> {
    await this.#postgres.pool.query(
      'TRUNCATE issuance_intent, certificate, key_holder, device, enrollment_attempt, audit_event CASCADE',
    );
  }

  async close(): Promise<void> {
    await this.#registry.close();
    await this.#postgres.stop();
  }
}
