/**
 * The issuance cycle of one node without HTTP: the services of the domain over a real PostgreSQL, with authority keys whose
 * every use is witnessed, and a place between steps 6 and 7 where a test can let something happen.
 */
import { randomBytes } from 'node:crypto';
import { toHex } from '@touchmark/asn1';
import {
  Catalog,
  CertificatePreparer,
  EnrollmentService,
  Issuance,
  RevocationService,
  SigningGate,
  createAuthority,
  defaultSettings,
  newEnrollmentSecret,
  uuidV7,
} from '@touchmark/ca';
import type { Clock, EnrollmentOutcome, EnrollmentRequest, ProfileRules, SignerSource } from '@touchmark/ca';
import { createSoftwareSigner, generateKeyPair, sha256 } from '@touchmark/crypto';
import type { Signer } from '@touchmark/crypto';
import { openRegistry } from '@touchmark/store';
import type { Registry } from '@touchmark/store';
import { witnessSigner } from '@touchmark/testkit';
import type pg from 'pg';

const publicUrl = 'http://pki.example.com';
const clock: Clock = { now: () => new Date() };
const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
const year = 365 * 86_400;

/** The keys of the authorities, the same on all nodes. */
export class WitnessedKeys {
  readonly #signers: ReadonlyMap<string, Signer>;
  readonly #pool: pg.Pool;
  /** SHA-256 in hex of what was to be signed without a committed intent. */
  readonly unrecorded: string[] = [];

  private constructor(signers: ReadonlyMap<string, Signer>, pool: pg.Pool) {
    this.#signers = signers;
    this.#pool = pool;
  }

  /** @param pool connections of its own, which see only what is committed */
  static async generate(keyIds: readonly string[], witnessFile: string, pool: pg.Pool): Promise<WitnessedKeys> {
    const signers = new Map<string, Signer>();
    for (const keyId of keyIds) {
      const { privateKey } = await generateKeyPair('ec-p256');
      signers.set(keyId, witnessSigner(createSoftwareSigner(privateKey), witnessFile));
    }
    return new WitnessedKeys(signers, pool);
  }

  get(keyId: string): Signer {
    const signer = this.#signers.get(keyId);
    if (signer === undefined) throw new Error(`There is no key ${keyId}.`);
    return {
      ...signer,
      sign: async (data) => {
        const { rowCount } = await this.#pool.query('SELECT FROM issuance_intent WHERE tbs_certificate_der = $1', [
          Buffer.from(data),
        ]);
        if (rowCount !== 1) this.unrecorded.push(toHex(sha256(data)));
        return signer.sign(data);
      },
    };
  }
}

export class WitnessedNode {
  readonly registry: Registry;
  readonly catalog: Catalog;
  readonly revocation: RevocationService;
  readonly #enrollment: EnrollmentService;
  readonly #keys: WitnessedKeys;
  readonly #issuance: Issuance;
  readonly #gate = new SigningGate(clock, new Date(0));
  /** Runs once, when an intent is committed and its key is asked for. */
  betweenRecordingAndSigning: (() => Promise<unknown>) | undefined;
  /** Failures of the node itself, which an operator would find in the log. */
  readonly failures: unknown[] = [];

  constructor(databaseUrl: string, keys: WitnessedKeys) {
    this.#keys = keys;
    this.registry = openRegistry({ databaseUrl });
    this.catalog = new Catalog(this.registry.catalog);
    this.revocation = new RevocationService({ registry: this.registry.revocation, clock });
    this.#gate.open();
    this.#issuance = new Issuance({
      registry: this.registry.issuance,
      signers: this.#signerSource(),
      gate: this.#gate,
      randomBytes: random,
    });
    this.#enrollment = new EnrollmentService({
      catalog: this.catalog,
      registry: this.registry.issuance,
      issuance: this.#issuance,
      preparer: new CertificatePreparer(publicUrl, random),
      gate: this.#gate,
      clock,
      randomBytes: random,
      onFailure: (error) => this.failures.push(error),
    });
  }

  /** Root, issuing authority, and an EST label for each of the profiles. */
  async createHierarchy(profiles: Readonly<Record<string, ProfileRules>>): Promise<void> {
    for (const name of ['root', 'issuing'] as const) {
      const issuer = name === 'root' ? undefined : this.catalog.findIssuerByName('root');
      const authority = await createAuthority(
        {
          name,
          kind: name,
          subject: [{ attribute: 'commonName', value: `Witnessed ${name}` }],
          signer: this.#keys.get(name),
          keyId: name,
          issuer,
          validitySeconds: (name === 'root' ? 20 : 10) * year,
          pathLength: name === 'root' ? undefined : 0,
          nameConstraints: undefined,
          messageUsages: [],
          settings: defaultSettings('ec-p256'),
        },
        {
          registry: this.registry.issuance,
          issuance: this.#issuance,
          gate: this.#gate,
          clock,
          randomBytes: random,
          publicUrl,
        },
      );
      await this.registry.admin.insertAuthority(authority);
      await this.catalog.load();
    }
    const authorityId = this.catalog.findIssuerByName('issuing')!.authority.id;
    for (const [name, rules] of Object.entries(profiles)) {
      await this.registry.admin.insertProfile(name, rules);
      await this.registry.admin.insertEndpoint({
        label: name,
        protocol: 'est',
        authorityId,
        profileName: name,
        acceptsSecret: true,
        acceptsCertificate: true,
      });
    }
    await this.catalog.load();
  }

  /** A one-time secret, bound to no device. */
  async createSecret(endpointLabel: string): Promise<{ readonly id: string; readonly secret: string }> {
    const { id, secret, secretSha256 } = newEnrollmentSecret(random);
    const createdAt = clock.now();
    const expiresAt = new Date(createdAt.getTime() + 3_600_000);
    await this.registry.admin.createSecret({
      id,
      endpointLabel,
      secretSha256,
      deviceId: undefined,
      maxUses: 1,
      createdAt,
      expiresAt,
    });
    return { id, secret };
  }

  enroll(endpointLabel: string, requestDer: Uint8Array, secret: string): Promise<EnrollmentOutcome> {
    return this.#ask('simpleenroll', endpointLabel, requestDer, {
      password: { userName: '', value: secret },
      certificateDer: undefined,
    });
  }

  renew(endpointLabel: string, requestDer: Uint8Array, certificateDer: Uint8Array): Promise<EnrollmentOutcome> {
    return this.#ask('simplereenroll', endpointLabel, requestDer, { password: undefined, certificateDer });
  }

  #ask(
    operation: EnrollmentRequest['operation'],
    endpointLabel: string,
    requestDer: Uint8Array,
    credentials: EnrollmentRequest['credentials'],
  ): Promise<EnrollmentOutcome> {
    return this.#enrollment.enroll({
      requestId: uuidV7(clock.now(), random),
      protocol: 'est',
      operation,
      kind: operation === 'simplereenroll' ? 'renewal' : 'enrollment',
      endpointLabel,
      credentials,
      requestDer,
      channelBinding: { tlsUnique: undefined, tlsExporter: undefined },
      remoteAddress: '192.0.2.1',
      warnings: [],
    });
  }

  #signerSource(): SignerSource {
    return {
      getSigner: async (keyId) => {
        const happening = this.betweenRecordingAndSigning;
        this.betweenRecordingAndSigning = undefined;
        await happening?.();
        return this.#keys.get(keyId);
      },
    };
  }
}
