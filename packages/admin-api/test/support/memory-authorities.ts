/** Authorities and their CRLs, in memory. */
import { randomUUID } from 'node:crypto';
import { CaError, defaultSettings } from '@touchmark/ca';
import type { Authority, PublishedCrl, RevocationOutcome } from '@touchmark/ca';
import type {
  Act,
  AuthorityChanges,
  CrlServices,
  HierarchyServices,
  NewAuthorityRequest,
  RevocationRequest,
  RevocationServices,
} from '../../src/index.ts';
import { MemoryKeys } from './memory-keys.ts';
import { given, present } from './memory-pages.ts';

export class MemoryAuthorities extends MemoryKeys implements HierarchyServices, RevocationServices, CrlServices {
  readonly authorities: Authority[] = [];
  readonly crls: PublishedCrl[] = [];

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
      certificateDer: this.testAuthority[above === undefined ? 'root' : 'issuing'].certificate.der,
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

  async revokeAuthority(
    idOrName: string,
    { confirm, ...wanted }: RevocationRequest & { confirm: string },
    act: Act,
  ): Promise<RevocationOutcome> {
    const authority = await this.getAuthority(idOrName);
    if (confirm !== authority.name) throw new CaError('invalidArgument', 'Confirm it by its name.');
    const { der, ...certificate } = this.testAuthority.issuing.certificate;
    const fields = { ...certificate, certificateDer: der, profileName: 'authority-issuing', deviceId: undefined };
    return this.recordRevocation(this.addCertificate(fields), wanted, 'revokeAuthority', act);
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
}
