/** The services behind the REST interface, in memory: small, but they keep every promise of the port's contract. */
import { randomBytes, randomUUID } from 'node:crypto';
import { toHex } from '@touchmark/asn1';
import { CaError, defaultSettings, describeSelection, statusOf, successorOf, plainEndpoint } from '@touchmark/ca';
import type {
  Authority,
  CertificateSelection,
  Device,
  EnrollmentAttempt,
  EnrollmentEndpoint,
  EnrollmentSecret,
  IssuedCertificate,
  JobState,
  PublishedCrl,
  Revocation,
  RevocationJob,
  RevocationOutcome,
  RevocationPreview,
  Sighting,
  SightingOutcome,
} from '@touchmark/ca';
import { parseCertificationRequest } from '@touchmark/x509';
import type {
  Act,
  AdminServices,
  AuthorityChanges,
  AttemptFilter,
  BlockOutcome,
  BlockedKeyRecord,
  BlockedKeyStanding,
  BulkRevocationRequest,
  CertificateReference,
  CredentialRecord,
  EndpointChangesRequest,
  IssueOutcome,
  IssueRequest,
  KeyRecord,
  NewAuthorityRequest,
  NewEndpointRequest,
  NewSecret,
  Page,
  DeviceChanges,
  ImportedDevice,
  NewDeviceRow,
  PageRequest,
  Principal,
  Role,
  RevocationRequest,
  RewrapRequest,
  ReplayedAttempt,
  ServiceStatus,
  MobileConfigBody,
  SetChallengeBody,
} from '../../src/index.ts';
import { paginate, present } from './memory-pages.ts';
import { MemoryPending } from './memory-pending.ts';
import { publicKeyOf, sha256 } from './test-authority.ts';
import type { TestAuthority } from './test-authority.ts';

export class MemoryServices extends MemoryPending implements AdminServices {
  readonly certificates: IssuedCertificate[] = [];
  readonly devices: Device[] = [];
  readonly secrets: EnrollmentSecret[] = [];
  readonly attempts: EnrollmentAttempt[] = [];
  readonly authorities: Authority[] = [];
  readonly endpoints: EnrollmentEndpoint[] = [];
  readonly crls: PublishedCrl[] = [];
  readonly jobs: RevocationJob[] = [];
  /** By API token, or by the fingerprint of a client certificate in hex. */
  readonly credentials = new Map<string, CredentialRecord>();
  /** By the role that each gives. */
  readonly setupTokens = new Map<string, Role | 'spent'>();
  status: ServiceStatus;
  readonly #authority: TestAuthority;
  readonly #sightings = new Map<string, Sighting>();
  readonly #blocked: BlockedKeyRecord[] = [];
  readonly #idempotent = new Map<string, string>();

  constructor(authority: TestAuthority, status: ServiceStatus) {
    super();
    this.#authority = authority;
    this.status = status;
  }

  async listCertificates(selection: CertificateSelection, page: PageRequest): Promise<Page<IssuedCertificate>> {
    return paginate(this.#select(selection), page);
  }

  async getCertificate(reference: CertificateReference): Promise<IssuedCertificate> {
    const found = this.certificates.find((item) =>
      reference.kind === 'fingerprint'
        ? toHex(item.fingerprintSha256) === toHex(reference.sha256)
        : item.id === reference.value || toHex(item.serialNumber) === reference.value,
    );
    return present(found, 'certificate');
  }

  async issueCertificate(request: IssueRequest, act: Act): Promise<IssueOutcome> {
    const attemptId = randomUUID();
    const profile = await this.getProfile(request.profileName);
    if (request.commonName === 'refused.example.com') {
      return {
        kind: 'refused',
        attemptId,
        error: new CaError('nameNotAllowed', 'The profile lets no such name through.'),
      };
    }
    const known = this.#idempotent.get(`${act.principal.name} ${request.idempotencyKey ?? randomUUID()}`);
    const earlier = this.certificates.find(({ id }) => id === known);
    if (earlier?.revocation !== undefined) {
      const error = new CaError('certificateRevoked', 'The certificate that this request got before is revoked.');
      return { kind: 'refused', attemptId, error };
    }
    if (earlier !== undefined) return { kind: 'issued', attemptId, certificate: earlier };
    const parsed = parseCertificationRequest(request.requestDer);
    const certificate = await this.#authority.certify({
      commonName: request.commonName ?? 'unnamed',
      subjectAltNames: request.subjectAltNames,
      publicKey: publicKeyOf(parsed.subjectPublicKeyInfoDer),
    });
    const record = this.addCertificate({
      ...certificate,
      certificateDer: certificate.der,
      profileName: profile.name,
      deviceId: request.deviceId,
    });
    if (request.idempotencyKey !== undefined)
      this.#idempotent.set(`${act.principal.name} ${request.idempotencyKey}`, record.id);
    this.acts.push({ action: 'issue', act });
    return { kind: 'issued', attemptId, certificate: record };
  }

  async revokeCertificate(
    reference: CertificateReference,
    wanted: RevocationRequest,
    act: Act,
  ): Promise<RevocationOutcome> {
    return this.#revoke(await this.getCertificate(reference), wanted, 'revoke', act);
  }

  async holdCertificate(reference: CertificateReference, act: Act): Promise<RevocationOutcome> {
    const found = await this.getCertificate(reference);
    if (statusOf(found, new Date()) === 'revoked') throw new CaError('alreadyRevoked', 'It is revoked for good.');
    return this.#revoke(found, { reason: 'certificateHold', invalidityDate: undefined }, 'hold', act);
  }

  async releaseCertificate(reference: CertificateReference, act: Act): Promise<RevocationOutcome> {
    const found = await this.getCertificate(reference);
    if (statusOf(found, new Date()) !== 'held') throw new CaError('certificateNotHeld', 'It is not on hold.');
    return this.#replace(found, undefined, 'release', act);
  }

  async reportSeen(reference: CertificateReference, act: Act): Promise<SightingOutcome> {
    const { id, revocation } = await this.getCertificate(reference);
    if (revocation !== undefined) throw new CaError('certificateRevoked', 'It is revoked.');
    const earlier = this.#sightings.get(id);
    if (earlier !== undefined) return { sighting: earlier, changed: false };
    const sighting = { certificateId: id, at: new Date(), reportedBy: act.principal.name };
    this.#sightings.set(id, sighting);
    this.acts.push({ action: 'reportSeen', act });
    return { sighting, changed: true };
  }

  async revokeAuthority(
    idOrName: string,
    { confirm, ...wanted }: RevocationRequest & { confirm: string },
    act: Act,
  ): Promise<RevocationOutcome> {
    const authority = await this.getAuthority(idOrName);
    if (confirm !== authority.name) throw new CaError('invalidArgument', 'Confirm it by its name.');
    const { der, ...certificate } = this.#authority.issuing.certificate;
    const fields = { ...certificate, certificateDer: der, profileName: 'authority-issuing', deviceId: undefined };
    return this.#revoke(this.addCertificate(fields), wanted, 'revokeAuthority', act);
  }

  #revoke(found: IssuedCertificate, wanted: RevocationRequest, action: string, act: Act): RevocationOutcome {
    const next = successorOf(found.revocation, { ...wanted, revokedAt: new Date() });
    return next === undefined ? { certificate: found, changed: false } : this.#replace(found, next, action, act);
  }

  #replace(found: IssuedCertificate, revocation: Revocation | undefined, action: string, act: Act): RevocationOutcome {
    const certificate = { ...found, revocation };
    this.certificates[this.certificates.indexOf(found)] = certificate;
    this.acts.push({ action, act });
    return { certificate, changed: true };
  }

  async previewRevocation(selection: CertificateSelection): Promise<RevocationPreview> {
    const found = this.#select(selection);
    return {
      total: found.length,
      byStatus: { active: found.length },
      byProfile: [],
      byAuthority: [],
      devices: 0,
      strandedDevices: 0,
      strandedExamples: [],
      protected: 0,
    };
  }

  async startRevocation(request: BulkRevocationRequest, act: Act): Promise<RevocationJob> {
    const key = `${act.principal.name} job ${request.idempotencyKey ?? randomUUID()}`;
    const earlier = this.jobs.find(({ id }) => id === this.#idempotent.get(key));
    if (earlier !== undefined) return earlier;
    const found = this.#select(request.selection);
    if (request.expectedTotal !== undefined && request.expectedTotal !== found.length) {
      throw new CaError('conflict', `The selection has ${found.length} certificates now.`);
    }
    const job: RevocationJob = {
      id: randomUUID(),
      state: 'queued',
      createdAt: new Date(),
      startedAt: undefined,
      finishedAt: undefined,
      total: found.length,
      done: 0,
      changed: 0,
      requestedBy: act.principal.name,
      remoteAddress: act.remoteAddress,
      reason: request.reason,
      invalidityDate: request.invalidityDate,
      selection: describeSelection(request.selection),
      failure: undefined,
    };
    this.jobs.unshift(job);
    this.#idempotent.set(key, job.id);
    this.acts.push({ action: 'startRevocation', act });
    return job;
  }

  async listJobs(
    { states }: { readonly states: readonly JobState[] },
    page: PageRequest,
  ): Promise<Page<RevocationJob>> {
    return paginate(
      this.jobs.filter(({ state }) => states.length === 0 || states.includes(state)),
      page,
    );
  }

  async getJob(id: string): Promise<RevocationJob> {
    return present(
      this.jobs.find((job) => job.id === id),
      'job',
    );
  }

  async cancelJob(id: string, act: Act): Promise<RevocationJob> {
    const found = await this.getJob(id);
    const job: RevocationJob = { ...found, state: 'cancelled', finishedAt: new Date() };
    this.jobs[this.jobs.indexOf(found)] = job;
    this.acts.push({ action: 'cancelJob', act });
    return job;
  }

  #select(selection: CertificateSelection): IssuedCertificate[] {
    const now = new Date();
    const { statuses = [], deviceId, profileName, authorityId, publicKeySha256 } = selection;
    return this.certificates.filter(
      (item) =>
        (statuses.length === 0 || statuses.includes(statusOf(item, now))) &&
        (deviceId === undefined || item.deviceId === deviceId) &&
        (profileName === undefined || item.profileName === profileName) &&
        (authorityId === undefined || item.authorityId === authorityId) &&
        (publicKeySha256 === undefined || toHex(item.publicKeySha256) === toHex(publicKeySha256)),
    );
  }

  async listDevices({ states }: { states: readonly Device['state'][] }, page: PageRequest): Promise<Page<Device>> {
    return paginate(
      this.devices.filter(({ state }) => states.length === 0 || states.includes(state)),
      page,
    );
  }

  async getDevice(id: string): Promise<Device> {
    return present(
      this.devices.find((device) => device.id === id),
      'device',
    );
  }

  /** One more, in this state; returns its id. */
  addDevice(state: Device['state']): string {
    const id = `device-${randomUUID()}`;
    this.devices.push({ id, state, role: undefined, segment: undefined, fields: {}, createdAt: new Date() });
    return id;
  }

  async createDevice(row: NewDeviceRow, act: Act): Promise<Device> {
    if (this.devices.some(({ id }) => id === row.id)) throw new CaError('conflict', `"${row.id}" is registered.`);
    const device = { ...row, state: 'registered' as const, createdAt: new Date() };
    this.devices.push(device);
    this.acts.push({ action: 'createDevice', act });
    return device;
  }

  async importDevices(rows: readonly NewDeviceRow[], act: Act): Promise<ImportedDevice[]> {
    const results: ImportedDevice[] = [];
    for (const row of rows) {
      const known = this.devices.some(({ id }) => id === row.id);
      if (!known) await this.createDevice(row, act);
      results.push(
        known
          ? { id: row.id, outcome: 'refused', code: 'conflict', message: `"${row.id}" is registered.` }
          : { id: row.id, outcome: 'created', code: undefined, message: undefined },
      );
    }
    return results;
  }

  async changeDevice(id: string, { role, segment, fields }: DeviceChanges, act: Act): Promise<Device> {
    return this.#replaceDevice(id, 'changeDevice', act, (device) => ({
      ...device,
      ...(role === undefined ? {} : { role: role ?? undefined }),
      ...(segment === undefined ? {} : { segment: segment ?? undefined }),
      ...(fields === undefined ? {} : { fields }),
    }));
  }

  async suspendDevice(id: string, _comment: string, act: Act): Promise<Device> {
    return this.#replaceDevice(id, 'suspendDevice', act, (device) => {
      if (device.state === 'suspended') throw new CaError('conflict', 'It is suspended.');
      return { ...device, state: 'suspended' };
    });
  }

  async resumeDevice(id: string, _comment: string, act: Act): Promise<Device> {
    return this.#replaceDevice(id, 'resumeDevice', act, (device) => {
      if (device.state !== 'suspended') throw new CaError('conflict', 'It is not suspended.');
      return { ...device, state: 'active' };
    });
  }

  async retireDevice(id: string, _options: object, act: Act): Promise<{ device: Device; revoked: number }> {
    const device = await this.#replaceDevice(id, 'retireDevice', act, (found) => ({ ...found, state: 'retired' }));
    return { device, revoked: 0 };
  }

  async listTimeline(id: string, page: PageRequest) {
    const { createdAt } = await this.getDevice(id);
    const act = { kind: 'act', id: '1', what: 'device.created', detail: `device:${id}`, by: 'principal:test' } as const;
    return paginate([{ at: createdAt, ...act }], page);
  }

  async #replaceDevice(id: string, action: string, act: Act, change: (device: Device) => Device): Promise<Device> {
    const found = await this.getDevice(id);
    const changed = change(found);
    this.devices[this.devices.indexOf(found)] = changed;
    this.acts.push({ action, act });
    return changed;
  }

  async listEndpoints(): Promise<readonly EnrollmentEndpoint[]> {
    return this.endpoints;
  }

  async getEndpoint(label: string): Promise<EnrollmentEndpoint> {
    return present(
      this.endpoints.find((endpoint) => endpoint.label === label),
      'endpoint',
    );
  }

  async listSecrets(label: string, page: PageRequest): Promise<Page<EnrollmentSecret>> {
    await this.getEndpoint(label);
    return paginate(
      this.secrets.filter(({ endpointLabel }) => endpointLabel === label),
      page,
    );
  }

  async createSecret(request: NewSecret, act: Act): Promise<{ record: EnrollmentSecret; secret: string }> {
    await this.getEndpoint(request.endpointLabel);
    const key = `${act.principal.name} ${request.endpointLabel} ${request.idempotencyKey ?? randomUUID()}`;
    const earlier = this.#idempotent.get(key);
    if (earlier !== undefined) throw new CaError('conflict', `The secret ${earlier} was created with this key.`);
    const secret = `secret-${randomBytes(20).toString('hex')}`;
    const record: EnrollmentSecret = {
      id: randomBytes(4).toString('hex'),
      endpointLabel: request.endpointLabel,
      secretSha256: sha256(Buffer.from(secret)),
      deviceId: request.deviceId,
      maxUses: request.maxUses,
      uses: 0,
      createdAt: new Date(),
      expiresAt: new Date(Date.now() + request.expiresInSeconds * 1000),
      revokedAt: undefined,
      lockedUntil: undefined,
    };
    this.secrets.unshift(record);
    this.#idempotent.set(key, record.id);
    this.acts.push({ action: 'createSecret', act });
    return { record, secret };
  }

  async revokeSecret(label: string, id: string, act: Act): Promise<void> {
    const found = present(
      this.secrets.find((secret) => secret.id === id && secret.endpointLabel === label),
      'secret',
    );
    this.secrets[this.secrets.indexOf(found)] = { ...found, revokedAt: found.revokedAt ?? new Date() };
    this.acts.push({ action: 'revokeSecret', act });
  }

  async listAttempts(filter: AttemptFilter, page: PageRequest): Promise<Page<EnrollmentAttempt>> {
    const found = this.attempts.filter(
      (item) =>
        (filter.outcomes.length === 0 || filter.outcomes.includes(item.outcome)) &&
        (filter.endpointLabel === undefined || item.endpointLabel === filter.endpointLabel) &&
        (filter.deviceId === undefined || item.deviceId === filter.deviceId) &&
        (filter.transactionId === undefined || item.transactionId === filter.transactionId),
    );
    return paginate(found, page);
  }

  async getAttempt(id: string): Promise<EnrollmentAttempt> {
    return present(
      this.attempts.find((attempt) => attempt.id === id),
      'attempt',
    );
  }

  async listAuthorities(): Promise<readonly Authority[]> {
    return this.authorities;
  }

  async getAuthority(idOrName: string): Promise<Authority> {
    return present(
      this.authorities.find(({ id, name }) => id === idOrName || name === idOrName),
      'authority',
    );
  }

  async createAuthority({ name, issuer, settings: _, ...request }: NewAuthorityRequest, act: Act): Promise<Authority> {
    if (this.authorities.some((authority) => authority.name === name)) throw new CaError('conflict', 'Taken.');
    const above = issuer === undefined ? undefined : await this.getAuthority(issuer);
    const authority: Authority = {
      ...defaultSettings(request.keyAlgorithm),
      id: randomUUID(),
      name,
      kind: above === undefined ? 'root' : 'issuing',
      issuerId: above?.id,
      certificateDer: this.#authority[above === undefined ? 'root' : 'issuing'].certificate.der,
      keyId: request.keyId ?? `authority:${name}`,
      signatureAlgorithm: request.signatureAlgorithm ?? 'ecdsa-with-SHA256',
      revision: 1,
    };
    this.authorities.push(authority);
    this.acts.push({ action: 'createAuthority', act });
    return authority;
  }

  async setAuthority(
    idOrName: string,
    changes: AuthorityChanges,
    seenRevision: number | undefined,
    act: Act,
  ): Promise<Authority> {
    const found = await this.getAuthority(idOrName);
    if (seenRevision !== undefined && seenRevision !== found.revision) throw new CaError('conflict', 'Changed.');
    const authority = { ...found, ...given(changes), revision: found.revision + 1 };
    this.authorities[this.authorities.indexOf(found)] = authority;
    this.acts.push({ action: 'setAuthority', act });
    return authority;
  }

  async createEndpoint(
    { profileName, authority, ...request }: NewEndpointRequest,
    act: Act,
  ): Promise<EnrollmentEndpoint> {
    const profile = await this.getProfile(profileName);
    const authorityId = (await this.getAuthority(authority)).id;
    const endpoint = {
      ...plainEndpoint,
      ...request,
      protocol: 'est',
      authorityId,
      profile,
      enabled: true,
      revision: 1,
    } as const;
    this.endpoints.push(endpoint);
    this.acts.push({ action: 'createEndpoint', act });
    return endpoint;
  }

  async createMobileConfig(label: string, { commonName }: MobileConfigBody): Promise<string> {
    await this.getEndpoint(label);
    return `<plist><string>${commonName}</string></plist>`;
  }

  async setChallenge(label: string, written: SetChallengeBody, act: Act) {
    const endpoint = await this.getEndpoint(label);
    const changed = { ...endpoint, challenge: { kind: written.kind, settings: written.settings } };
    this.endpoints[this.endpoints.indexOf(endpoint)] = changed;
    this.acts.push({ action: 'setChallenge', act });
    return { endpoint: changed, secret: written.kind === 'derived' ? 'ab'.repeat(32) : undefined };
  }

  async removeChallenge(label: string, act: Act): Promise<void> {
    const endpoint = await this.getEndpoint(label);
    this.endpoints[this.endpoints.indexOf(endpoint)] = { ...endpoint, challenge: undefined };
    this.acts.push({ action: 'removeChallenge', act });
  }

  async testChallenge(label: string, act: Act) {
    await this.getEndpoint(label);
    this.acts.push({ action: 'testChallenge', act });
    return { ok: true, message: 'The key is there and opens.' };
  }

  async deriveChallenges(label: string, deviceIds: readonly string[], act: Act): Promise<readonly string[]> {
    await this.getEndpoint(label);
    this.acts.push({ action: 'deriveChallenges', act });
    return deviceIds.map((deviceId) => `challenge-of-${deviceId}`);
  }

  async setEndpoint(
    label: string,
    { profileName, authority, ...changes }: EndpointChangesRequest,
    seenRevision: number | undefined,
    act: Act,
  ): Promise<EnrollmentEndpoint> {
    const found = await this.getEndpoint(label);
    if (seenRevision !== undefined && seenRevision !== found.revision) throw new CaError('conflict', 'Changed.');
    const endpoint = {
      ...found,
      ...given(changes),
      profile: profileName === undefined ? found.profile : await this.getProfile(profileName),
      authorityId: authority === undefined ? found.authorityId : (await this.getAuthority(authority)).id,
      revision: found.revision + 1,
    };
    this.endpoints[this.endpoints.indexOf(found)] = endpoint;
    this.acts.push({ action: 'setEndpoint', act });
    return endpoint;
  }

  override async replayAttempt(id: string): Promise<ReplayedAttempt> {
    const attempt = await this.getAttempt(id);
    if (attempt.requestDer === undefined) return super.replayAttempt();
    return this.replay(attempt, attempt.requestDer);
  }

  async listCrls(authorityId: string | undefined): Promise<readonly PublishedCrl[]> {
    return this.crls.filter((crl) => authorityId === undefined || crl.authorityId === authorityId);
  }

  async requestCrls(authorityId: string, act: Act): Promise<void> {
    for (const [index, crl] of this.crls.entries()) {
      if (crl.authorityId === authorityId) this.crls[index] = { ...crl, number: crl.number + 1n };
    }
    this.acts.push({ action: 'requestCrls', act });
  }

  async getStatus(): Promise<ServiceStatus> {
    return { ...this.status, now: new Date() };
  }

  async authenticateCertificate(fingerprintSha256: Uint8Array): Promise<Principal | undefined> {
    return this.#authenticate(toHex(fingerprintSha256));
  }

  async authenticateToken(token: string): Promise<Principal | undefined> {
    return this.#authenticate(token);
  }

  async consumeSetupToken(
    token: string,
    name: string | undefined,
    origin: Omit<Act, 'principal'>,
  ): Promise<{ principal: Principal; token: string; expiresAt: Date }> {
    const known = this.setupTokens.get(token);
    if (known === undefined) throw new CaError('secretWrong', 'The setup token is not known.');
    if (known === 'spent') throw new CaError('secretSpent', 'The setup token was used before.');
    this.setupTokens.set(token, 'spent');
    const suffix = randomBytes(4).toString('hex');
    const taken = [...this.credentials.values()].some((credential) => credential.name === name);
    const principal: Principal = {
      name: taken ? `${name}-${suffix}` : (name ?? `setup-${suffix}`),
      role: known,
    };
    const apiToken = randomBytes(24).toString('base64url');
    const expiresAt = new Date(Date.now() + 90 * 86_400_000);
    this.addCredential(apiToken, principal, { expiresAt });
    this.acts.push({ action: 'setUp', act: origin });
    return { principal, token: apiToken, expiresAt };
  }

  async createSetupToken(role: Role, act: Act): Promise<{ token: string; link: string; expiresAt: Date }> {
    const token = randomBytes(24).toString('base64url');
    this.setupTokens.set(token, role);
    this.acts.push({ action: 'createSetupToken', act });
    return { token, link: `https://ca.example.com/setup#${token}`, expiresAt: new Date(Date.now() + 86_400_000) };
  }

  async listKeys(): Promise<KeyRecord[]> {
    const common = { keyAlgorithm: 'ec-p256', message: undefined, available: true };
    const location = 'pkcs11:token=Fleet;object=root';
    return [
      {
        ...common,
        id: 'authority:issuing',
        store: 'software',
        location: undefined,
        authorities: ['issuing'],
        scryptCost: 131_072,
      },
      { ...common, id: 'authority:root', store: 'pkcs11', location, authorities: ['root'], scryptCost: undefined },
    ];
  }

  readonly rewraps: RewrapRequest[] = [];

  async rewrapKeys(request: RewrapRequest, act: Act): Promise<{ keys: number; keptInHome: boolean }> {
    this.rewraps.push(request);
    this.acts.push({ action: 'rewrapKeys', act });
    return { keys: 1, keptInHome: request.passphrase.kind === 'generated' };
  }

  async listBlockedKeys(page: PageRequest): Promise<Page<BlockedKeyRecord>> {
    return paginate(this.#blocked, page);
  }

  async getBlockedKey(publicKeySha256: Uint8Array): Promise<BlockedKeyStanding> {
    const record = present(this.#findBlocked(publicKeySha256), 'blocked key');
    const active = this.#select({ statuses: ['active'], publicKeySha256 });
    return { ...record, activeCertificates: active.length };
  }

  async blockKeys(keys: readonly Uint8Array[], reason: string, act: Act): Promise<readonly BlockOutcome[]> {
    const outcomes: BlockOutcome[] = [];
    for (const publicKeySha256 of keys) {
      const changed = this.#findBlocked(publicKeySha256) === undefined;
      if (changed) {
        const by = { blockedAt: new Date(), blockedBy: act.principal.name };
        this.#blocked.unshift({ publicKeySha256, ...by, reason, compromisedAt: undefined });
      }
      outcomes.push({ ...(await this.getBlockedKey(publicKeySha256)), changed });
    }
    this.acts.push({ action: 'blockKeys', act });
    return outcomes;
  }

  async unblockKey(publicKeySha256: Uint8Array, act: Act): Promise<void> {
    const record = present(this.#findBlocked(publicKeySha256), 'blocked key');
    this.#blocked.splice(this.#blocked.indexOf(record), 1);
    this.acts.push({ action: 'unblockKey', act });
  }

  #findBlocked(publicKeySha256: Uint8Array): BlockedKeyRecord | undefined {
    return this.#blocked.find((record) => toHex(record.publicKeySha256) === toHex(publicKeySha256));
  }

  async listCredentials(): Promise<CredentialRecord[]> {
    return [...this.credentials.values()];
  }

  async revokeCredential(id: string, act: Act): Promise<{ credential: CredentialRecord; changed: boolean }> {
    const [key, found] = present(
      [...this.credentials].find(([, credential]) => credential.id === id),
      'credential',
    );
    if (found.status === 'revoked') return { credential: found, changed: false };
    const stay = [...this.credentials.values()].filter(
      (other) => other.id !== id && other.role === 'administrator' && other.status === 'active',
    );
    if (found.role === 'administrator' && stay.length === 0) throw new CaError('conflict', 'It is the last one.');
    const credential: CredentialRecord = { ...found, status: 'revoked', revokedAt: new Date() };
    this.credentials.set(key, credential);
    this.acts.push({ action: 'revokeCredential', act });
    return { credential, changed: true };
  }

  /** @param key the API token, or the fingerprint in hex */
  addCredential(key: string, principal: Principal, fields: Partial<CredentialRecord> = {}): CredentialRecord {
    const credential: CredentialRecord = {
      ...principal,
      id: randomUUID(),
      certificateFingerprintSha256: undefined,
      status: 'active',
      createdAt: new Date(),
      expiresAt: undefined,
      revokedAt: undefined,
      ...fields,
    };
    this.credentials.set(key, credential);
    return credential;
  }

  #authenticate(key: string): Principal | undefined {
    const found = this.credentials.get(key);
    return found?.status === 'active' ? { name: found.name, role: found.role } : undefined;
  }

  /** Puts a certificate into the registry, newest first. */
  addCertificate(
    fields: Pick<
      IssuedCertificate,
      | 'certificateDer'
      | 'serialNumber'
      | 'fingerprintSha256'
      | 'publicKeySha256'
      | 'notBefore'
      | 'notAfter'
      | 'profileName'
      | 'deviceId'
    >,
  ): IssuedCertificate {
    const record: IssuedCertificate = {
      ...fields,
      id: randomUUID(),
      authorityId: 'authority-issuing',
      requestDigest: randomBytes(32),
      profileVersion: 1,
      issuedAt: new Date(),
      crlShard: 0,
      revocation: undefined,
    };
    this.certificates.unshift(record);
    return record;
  }
}

/** A cursor is the position, as text: opaque to everybody else. */
function given<T extends object>(changes: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as never;
}
