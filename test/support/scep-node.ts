/**
 * SCEP of one node without a socket: the handler as `touchmark serve` composes it, over a real PostgreSQL, with a clock that
 * the test sets.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newEnrollmentSecret } from '@touchmark/ca';
import type { Clock } from '@touchmark/ca';
import { createCrlPublisher } from '@touchmark/crl';
import { createRandomBytes } from '@touchmark/crypto';
import type { HttpHandler, HttpResponse } from '@touchmark/http';
import type { NewEndpoint } from '@touchmark/store';
import type { Certificate } from '@touchmark/x509';
import { loadConfiguration } from '../../apps/server/src/configuration.ts';
import { openCore } from '../../apps/server/src/core.ts';
import type { Core } from '../../apps/server/src/core.ts';
import { openDatabase } from '../../apps/server/src/database.ts';
import { createHome, homeAt } from '../../apps/server/src/home.ts';
import { issuingAuthorityName } from '../../apps/server/src/hierarchy.ts';
import { createLogger } from '../../apps/server/src/logger.ts';
import { Metrics } from '../../apps/server/src/metrics.ts';
import { OwnCertificates } from '../../apps/server/src/own-certificates.ts';
import { createScep } from '../../apps/server/src/roles/enroll.ts';

/** For a `touchmark serve` over the same database, too. */
export const nodeEnvironment = {
  TOUCHMARK_PUBLIC_URL: 'http://pki.example.com',
  TOUCHMARK_KEY_PASSPHRASE: 'the passphrase of all nodes',
};

const random = createRandomBytes();
const day = 86_400_000;

export interface ScepNodeOptions {
  readonly databaseUrl: string;
  readonly clock: Clock;
}

export interface WrittenSecret {
  readonly id: string;
  readonly secret: string;
}

export class ScepNode {
  readonly core: Core;
  readonly #own: OwnCertificates;
  readonly #handler: HttpHandler;
  readonly #close: () => Promise<void>;
  #requests = 0;

  private constructor(core: Core, own: OwnCertificates, handler: HttpHandler, close: () => Promise<void>) {
    this.core = core;
    this.#own = own;
    this.#handler = handler;
    this.#close = close;
  }

  /** The first one over a database makes the hierarchy. */
  static async open({ databaseUrl, clock }: ScepNodeOptions): Promise<ScepNode> {
    const directory = mkdtempSync(join(tmpdir(), 'touchmark-scep-'));
    const env = { ...nodeEnvironment, TOUCHMARK_HOME: directory, DATABASE_URL: databaseUrl };
    const { configuration } = loadConfiguration({ env, cwd: directory, flags: {} });
    const home = homeAt(directory);
    createHome(home);
    const logger = createLogger('error');
    const metrics = new Metrics();
    const database = await openDatabase(configuration, home, logger);
    const core = await openCore({
      configuration,
      home,
      registry: database.registry,
      clock,
      logger,
      publicUrl: nodeEnvironment.TOUCHMARK_PUBLIC_URL,
      onKeyFailure: metrics.keyFailure,
      onChallengeVerdict: metrics.challengeVerdict,
      onChallengeReport: metrics.challengeReport,
    });
    const own = await OwnCertificates.open(core, configuration, metrics);
    return new ScepNode(core, own, createScep(core, own, metrics), async () => {
      core.challenges.close();
      await core.keyParts.close();
      await database.close();
      rmSync(directory, { recursive: true, force: true });
    });
  }

  /** Issuing devices under the profile `device`, unless told otherwise. */
  async createEndpoint(label: string, wishes: Partial<NewEndpoint> = {}): Promise<void> {
    await this.core.registry.admin.insertEndpoint({
      label,
      protocol: 'scep',
      authorityId: this.#issuing.authority.id,
      profileName: 'device',
      acceptsSecret: true,
      acceptsCertificate: true,
      ...wishes,
    });
    await this.core.catalog.load();
    await this.renew();
  }

  /** What the service does by the hour. */
  async renew(): Promise<void> {
    await this.#own.renew();
  }

  /** For one use, and for a day, by whatever device. */
  async createSecret(
    endpointLabel: string,
    { deviceId, maxUses = 1 }: { readonly deviceId?: string; readonly maxUses?: number } = {},
  ): Promise<WrittenSecret> {
    const { id, secret, secretSha256 } = newEnrollmentSecret(random);
    const createdAt = this.core.clock.now();
    const expiresAt = new Date(createdAt.getTime() + day);
    const { admin } = this.core.registry;
    await admin.createSecret({ id, endpointLabel, secretSha256, deviceId, maxUses, createdAt, expiresAt });
    return { id, secret };
  }

  /** Also without the role `worker`. */
  async publishCrls(): Promise<void> {
    const { registry, signers, gate, catalog, publicUrl } = this.core;
    const publisher = createCrlPublisher({
      registry: registry.crl,
      signers,
      clock: gate,
      authorities: catalog,
      publicUrl,
    });
    for (let shard = 0; shard < this.#issuing.authority.crlShards; shard++) {
      await publisher.publish(this.#issuing.authority, shard);
    }
  }

  /** Who reads requests and signs answers. */
  async recipient(): Promise<Certificate> {
    return (await this.#own.recipients.findRegistrationAuthority(this.#issuing)).certificate;
  }

  get issuingCertificate(): Certificate {
    return this.#issuing.certificate;
  }

  /** A POST of these octets to a label. */
  ask(label: string, octets: Uint8Array, remoteAddress = '192.0.2.1'): Promise<HttpResponse> {
    this.#requests += 1;
    return this.#handler({
      id: `request-${this.#requests}`,
      method: 'POST',
      path: `/scep/${label}`,
      rawQuery: 'operation=PKIOperation',
      headers: new Map(),
      remoteAddress,
      tls: undefined,
      readBody: async () => octets,
    });
  }

  /** What there is of devices, whoever asked. */
  async countIssued(): Promise<Issued> {
    const { rows } = await this.core.registry.pool.query<Issued>(
      `SELECT (SELECT count(*)::int FROM certificate WHERE device_id IS NOT NULL) AS certificates,
         (SELECT count(*)::int FROM issuance_intent WHERE device_id IS NOT NULL) AS intents,
         (SELECT count(*)::int FROM (
           SELECT serial_number FROM certificate WHERE device_id IS NOT NULL
           UNION SELECT serial_number FROM issuance_intent WHERE device_id IS NOT NULL) AS all_serials
         ) AS "serialNumbers"`,
    );
    return rows[0]!;
  }

  close(): Promise<void> {
    return this.#close();
  }

  get #issuing() {
    return this.core.catalog.findIssuerByName(issuingAuthorityName)!;
  }
}

export interface Issued {
  readonly certificates: number;
  readonly intents: number;
  readonly serialNumbers: number;
}
