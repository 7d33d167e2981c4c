/** The registry of the issuance cycle in memory: what everything else costs without a database. */
import { toHex } from '@touchmark/asn1';
import type {
  CertificateRecord,
  Device,
  EnrollmentSecret,
  IssuanceGuard,
  IssuanceIntent,
  IssuanceRegistry,
  IssuedCertificate,
  RecordCertificateResult,
  RecordedOutcome,
  RecordIntentResult,
} from '@touchmark/ca';

export class MemoryIssuanceRegistry implements IssuanceRegistry {
  readonly #secrets: ReadonlyMap<string, EnrollmentSecret>;
  readonly #devices = new Map<string, Device>();
  readonly #intents = new Map<string, IssuanceIntent>();
  readonly #byDigest = new Map<string, IssuedCertificate>();
  readonly #byFingerprint = new Map<string, IssuedCertificate>();
  readonly #byKey = new Map<string, IssuedCertificate>();

  constructor(secrets: readonly EnrollmentSecret[]) {
    this.#secrets = new Map(secrets.map((secret) => [secret.id, secret]));
  }

  async findSecret(id: string): Promise<EnrollmentSecret | undefined> {
    return this.#secrets.get(id);
  }

  async recordSecretFailure(): Promise<void> {
    throw new Error('A benchmark presents right secrets only.');
  }

  async findCertificateByFingerprint(fingerprintSha256: Uint8Array): Promise<IssuedCertificate | undefined> {
    return this.#byFingerprint.get(toHex(fingerprintSha256));
  }

  async findDevice(id: string): Promise<Device | undefined> {
    return this.#devices.get(id);
  }

  async findKeyUse(
    publicKeySha256: Uint8Array,
    exceptDeviceId: string | undefined,
  ): Promise<'free' | 'otherDevice' | 'compromised'> {
    const holder = this.#byKey.get(toHex(publicKeySha256));
    return holder === undefined || holder.deviceId === exceptDeviceId ? 'free' : 'otherDevice';
  }

  async findOutcome(requestDigest: Uint8Array): Promise<RecordedOutcome> {
    const key = toHex(requestDigest);
    return { intent: this.#intents.get(key), certificate: this.#byDigest.get(key) };
  }

  async recordIntent(intent: IssuanceIntent, guard: IssuanceGuard): Promise<RecordIntentResult> {
    const key = toHex(intent.requestDigest);
    if (this.#intents.has(key)) return { kind: 'duplicate', outcome: await this.findOutcome(intent.requestDigest) };
    this.#intents.set(key, intent);
    const { deviceId } = guard;
    if (deviceId !== undefined && !this.#devices.has(deviceId)) {
      this.#devices.set(deviceId, { id: deviceId, state: 'registered', createdAt: intent.createdAt });
    }
    return { kind: 'recorded' };
  }

  async recordCertificate(record: CertificateRecord): Promise<RecordCertificateResult> {
    const { intent, certificateDer, fingerprintSha256, issuedAt } = record;
    const certificate = { ...intent, certificateDer, fingerprintSha256, issuedAt, revocation: undefined };
    this.#byDigest.set(toHex(intent.requestDigest), certificate);
    this.#byFingerprint.set(toHex(fingerprintSha256), certificate);
    this.#byKey.set(toHex(intent.publicKeySha256), certificate);
    return { kind: 'recorded', certificate };
  }

  async recordAttempt(): Promise<void> {
    // attempts that issued nothing: there are none
  }
}
