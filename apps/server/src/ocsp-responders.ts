/** The delegated OCSP responder of every authority, each with its own key and a short-lived certificate renewed by itself. */
import type { Catalog, Clock, Issuer, PrincipalIssuance, Profile, SigningGate, StatusRegistry } from '@touchmark/ca';
import type { KeyStore } from '@touchmark/keystore';
import { createOcspResponder } from '@touchmark/ocsp';
import type { OcspResponder, OcspSigner } from '@touchmark/ocsp';
import { getOrGenerateSigner } from './key-access.ts';
import { currentOwnCertificate } from './own-certificate.ts';

export interface OcspRespondersDependencies {
  readonly catalog: Catalog;
  readonly statuses: StatusRegistry;
  readonly keys: KeyStore;
  readonly principalIssuance: PrincipalIssuance;
  readonly gate: SigningGate;
  readonly clock: Clock;
  readonly profile: Profile;
  readonly onError: (error: unknown) => void;
}

export class OcspResponders {
  readonly #dependencies: OcspRespondersDependencies;
  readonly #signers = new Map<string, OcspSigner & { readonly notAfter: Date }>();
  readonly #responders = new Map<string, OcspResponder>();

  constructor(dependencies: OcspRespondersDependencies) {
    this.#dependencies = dependencies;
  }

  /** Gets each authority's responder certificate of the current period; the answers that follow are signed with it. */
  async renew(): Promise<void> {
    for (const issuer of this.#dependencies.catalog.issuers) await this.#renewFor(issuer);
  }

  find(authorityName: string): OcspResponder | undefined {
    return this.#responders.get(authorityName);
  }

  /** When the first of the responder certificates ends. */
  get notAfter(): Date | undefined {
    const ends = [...this.#signers.values()].map(({ notAfter }) => notAfter.getTime());
    return ends.length === 0 ? undefined : new Date(Math.min(...ends));
  }

  async #renewFor({ authority, certificate }: Issuer): Promise<void> {
    const { keys, principalIssuance, clock, profile } = this.#dependencies;
    const signer = await getOrGenerateSigner(keys, `ocsp:${authority.name}`, 'ec-p256');
    const issued = await currentOwnCertificate(
      {
        purpose: `ocsp:${authority.name}`,
        profile,
        authorityName: authority.name,
        commonName: `OCSP responder of ${authority.name}`,
        subjectAltNames: [],
        signer,
      },
      { principalIssuance, clock },
    );
    const current = this.#signers.get(authority.name);
    if (current === undefined || current.notAfter < issued.notAfter) {
      this.#signers.set(authority.name, { signer, certificateDer: issued.certificateDer, notAfter: issued.notAfter });
    }
    if (!this.#responders.has(authority.name)) {
      this.#responders.set(
        authority.name,
        createOcspResponder({
          authority: { id: authority.id, certificateDer: certificate.der },
          statuses: this.#dependencies.statuses,
          responder: () => this.#getSigner(authority.name),
          clock: this.#dependencies.gate,
          onError: this.#dependencies.onError,
        }),
      );
    }
  }

  #getSigner(authorityName: string): OcspSigner {
    const signer = this.#signers.get(authorityName);
    if (signer === undefined) throw new Error(`There is no OCSP responder for ${authorityName}.`);
    return signer;
  }
}
