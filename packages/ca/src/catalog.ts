/** Authorities and endpoints in memory: what seldom changes and every request needs. */
import { CaError } from './errors.ts';
import { loadIssuer } from './issuer.ts';
import type { Issuer } from './issuer.ts';
import type { EnrollmentEndpoint } from './model.ts';
import type { CatalogRegistry } from './ports.ts';

export class Catalog {
  readonly #registry: CatalogRegistry;
  #issuers = new Map<string, Issuer>();
  #endpoints = new Map<string, EnrollmentEndpoint>();

  constructor(registry: CatalogRegistry) {
    this.#registry = registry;
  }

  /** Reads everything anew; what was loaded stays in force until the new state is complete. */
  async load(): Promise<void> {
    const [authorities, endpoints] = await Promise.all([
      this.#registry.listAuthorities(),
      this.#registry.listEndpoints(),
    ]);
    this.#issuers = new Map(authorities.map((authority) => [authority.id, loadIssuer(authority)]));
    this.#endpoints = new Map(endpoints.map((endpoint) => [endpoint.label, endpoint]));
  }

  get issuers(): readonly Issuer[] {
    return [...this.#issuers.values()];
  }

  get endpoints(): readonly EnrollmentEndpoint[] {
    return [...this.#endpoints.values()];
  }

  getIssuer(authorityId: string): Issuer {
    const issuer = this.#issuers.get(authorityId);
    if (issuer === undefined) throw new CaError('notReady', 'The issuing authority is not loaded.');
    return issuer;
  }

  findIssuerByName(name: string): Issuer | undefined {
    return this.issuers.find((issuer) => issuer.authority.name === name);
  }

  getEndpoint(protocol: EnrollmentEndpoint['protocol'], label: string): EnrollmentEndpoint {
    const endpoint = this.#endpoints.get(label);
    if (endpoint?.protocol !== protocol) {
      throw new CaError(
        'endpointUnknown',
        `There is no ${protocol.toUpperCase()} endpoint "${label.slice(0, 64)}". Check the label in the URL.`,
      );
    }
    return endpoint;
  }

  /** The issuer and its own issuers, up to the self-signed root. */
  chainOf(authorityId: string): readonly Issuer[] {
    const chain: Issuer[] = [];
    for (let id: string | undefined = authorityId; id !== undefined;) {
      const issuer = this.getIssuer(id);
      if (chain.includes(issuer)) throw new CaError('notReady', 'The chain of authorities runs in a circle.');
      chain.push(issuer);
      id = issuer.authority.issuerId;
    }
    return chain;
  }
}
