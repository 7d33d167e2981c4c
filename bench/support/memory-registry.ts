/** The registry of the issuance cycle in memory: what everything else costs without a database. */
import { toHex } from '@touchmark/asn1';
import type {
  CertificateRecord,
  Device,
  Dossier,
  DossierQuestion,
  EnrollmentSecret,
  IssuanceGuard,
  IssuanceIntent,
  IssuanceRegistry,
  IssuedCertificate,
  RecordCertificateResult,
  RecordedOutcome,
  RecordIntentResult,
  RevocationRegistry,
} from '@touchmark/ca';

export class MemoryIssuanceRegistry
  implements IssuanceRegistry, Pick<RevocationRegistry, 'findCertificate' | 'findCertificateByFingerprint'>
{
  readonly #secrets: ReadonlyMap<string, EnrollmentSecret>;
  readonly #devices = new Map<string, Device>();
  readonly #intents = new Map<string, IssuanceIntent>();
  readonly #byDigest = new Map<string, IssuedCertificate>();
  readonly #byFingerprint = new Map<string, IssuedCertificate>();
  readonly #byKey = new Map<string, IssuedCertificate>();
  readonly #bySerialNumber = new Map<string, IssuedCertificate>();

  constructor(secrets: readonly EnrollmentSecret[]) {
    this.#secrets = new Map(secrets.map((secret) => [secret.id, secret]));
  }

  async findDossier({ credential, publicKeySha256, deviceId, requestDigest }: DossierQuestion): Promise<Dossier> {
    const secret = credential?.kind === 'secret' ? this.#secrets.get(credential.id) : undefined;
    const certificate =
      credential?.kind === 'certificate' ? this.#byFingerprint.get(toHex(credential.fingerprintSha256)) : undefined;
    const holder = this.#byKey.get(toHex(publicKeySha256));
    return {
      secret,
      certificate,
      certificateKeyCompromised: false,
      certificateKeyBlocked: false,
      device: this.#devices.get(secret?.deviceId ?? certificate?.deviceId ?? deviceId ?? ''),
      key: {
        compromised: false,
        blocked: false,
        holders: holder === undefined ? [] : [holder.deviceId],
        firstCertifiedAt: holder?.issuedAt,
      },
      approval: undefined,
      outcome: this.#outcomeOf(toHex(requestDigest)),
    };
  }

  async recordSecretFailure(): Promise<void> {
    // locks come with PostgreSQL
  }

  #outcomeOf(digestHex: string): RecordedOutcome {
    return { intent: this.#intents.get(digestHex), certificate: this.#byDigest.get(digestHex) };
  }

  async recordIntent(intent: IssuanceIntent, guard: IssuanceGuard): Promise<RecordIntentResult> {
    const key = toHex(intent.requestDigest);
    if (this.#intents.has(key)) return { kind: 'duplicate', outcome: this.#outcomeOf(key) };
    this.#intents.set(key, intent);
    const { deviceId } = guard;
    if (deviceId !== undefined && !this.#devices.has(deviceId)) {
      this.#devices.set(deviceId, {
        id: deviceId,
        state: 'registered',
        role: undefined,
        segment: undefined,
        fields: {},
        createdAt: intent.createdAt,
      });
    }
    return { kind: 'recorded' };
  }

  async recordCertificate(record: CertificateRecord): Promise<RecordCertificateResult> {
    const { intent, certificateDer, fingerprintSha256, issuedAt } = record;
    const certificate = { ...intent, certificateDer, fingerprintSha256, issuedAt, revocation: undefined };
    this.#byDigest.set(toHex(intent.requestDigest), certificate);
    this.#byFingerprint.set(toHex(fingerprintSha256), certificate);
    this.#byKey.set(toHex(intent.publicKeySha256), certificate);
    this.#bySerialNumber.set(toHex(intent.serialNumber), certificate);
    return { kind: 'recorded', certificate };
  }

  async findCertificate(serialNumberHex: string): Promise<IssuedCertificate | undefined> {
    return this.#bySerialNumber.get(serialNumberHex);
  }

  async findCertificateByFingerprint(fingerprintSha256: Uint8Array): Promise<IssuedCertificate | undefined> {
    return this.#byFingerprint.get(toHex(fingerprintSha256));
  }

  async recordAttempt(): Promise<void> {
    // of attempts that issued nothing, nobody asks
  }
}
