/** Administrators and their credentials, in memory. */
import { randomBytes, randomUUID } from 'node:crypto';
import { toHex } from '@touchmark/asn1';
import { CaError } from '@touchmark/ca';
import type { Act, CredentialRecord, Principal, PrincipalServices, Role } from '../../src/index.ts';
import { MemoryDevices } from './memory-devices.ts';
import { present } from './memory-pages.ts';

export class MemoryPrincipals extends MemoryDevices implements PrincipalServices {
  /** By API token, or by the fingerprint of a client certificate in hex. */
  readonly credentials = new Map<string, CredentialRecord>();
  /** By the role that each gives. */
  readonly setupTokens = new Map<string, Role | 'spent'>();

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
}
