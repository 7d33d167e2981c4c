/** Enrollment endpoints with their secrets and challenges, in memory. */
import { randomBytes, randomUUID } from 'node:crypto';
import { CaError, plainEndpoint } from '@touchmark/ca';
import type { EnrollmentEndpoint, EnrollmentSecret } from '@touchmark/ca';
import type {
  Act,
  AuthorityServices,
  ChallengeServices,
  EndpointChangesRequest,
  EndpointServices,
  MobileConfigBody,
  MobileConfigServices,
  NewEndpointRequest,
  NewSecret,
  Page,
  PageRequest,
  ServedEndpoint,
  SetChallengeBody,
} from '../../src/index.ts';
import { MemoryAuthorities } from './memory-authorities.ts';
import { given, paginate, present } from './memory-pages.ts';
import { sha256 } from './test-authority.ts';

export class MemoryEndpoints
  extends MemoryAuthorities
  implements EndpointServices, AuthorityServices, ChallengeServices, MobileConfigServices
{
  readonly endpoints: EnrollmentEndpoint[] = [];
  readonly secrets: EnrollmentSecret[] = [];
  /** Ids, by principal, label and key. */
  readonly #idempotent = new Map<string, string>();

  describeEndpoint({ protocol, label }: EnrollmentEndpoint): ServedEndpoint {
    if (protocol === 'est') return { url: `https://est.example.com/.well-known/est/${label}`, settings: [] };
    const byPreset = { name: 'alongside', value: 'none', byPreset: 'none', meaning: 'nothing beside it' } as const;
    const written = { name: 'sha1', value: false, byPreset: true, meaning: 'SHA-1 is refused' } as const;
    return {
      url: `http://ca.example.com/scep/${label}`,
      settings: [
        { ...byPreset, source: 'preset' },
        { ...written, source: 'endpoint' },
      ],
    };
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

  async createEndpoint(
    { profileName, authority, settings, ...request }: NewEndpointRequest,
    act: Act,
  ): Promise<EnrollmentEndpoint> {
    const profile = await this.getProfile(profileName);
    const authorityId = (await this.getAuthority(authority)).id;
    const endpoint: EnrollmentEndpoint = {
      ...plainEndpoint,
      ...request,
      protocolSettings: settings,
      authorityId,
      profile,
      enabled: true,
      revision: 1,
    };
    this.endpoints.push(endpoint);
    this.acts.push({ action: 'createEndpoint', act });
    return endpoint;
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

  async createMobileConfig(label: string, { commonName }: MobileConfigBody): Promise<string> {
    await this.getEndpoint(label);
    return `<plist><string>${commonName}</string></plist>`;
  }
}
