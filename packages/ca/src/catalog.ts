/** Authorities and endpoints in memory: what seldom changes and every request needs. */
import { equalBytes } from '@touchmark/asn1';
import { CaError } from './errors.ts';
import { loadIssuer } from './issuer.ts';
import type { Issuer } from './issuer.ts';
import type { Authority, EnrollmentEndpoint } from './model.ts';
import type { CatalogContents, CatalogRegistry } from './ports.ts';

export class Catalog {
  readonly #registry: CatalogRegistry;
  readonly #onChange: (() => void)[] = [];
  #generation: bigint | undefined;
  #issuers: ReadonlyMap<string, Issuer> = new Map();
  #issuersByName: ReadonlyMap<string, Issuer> = new Map();
  #endpoints: ReadonlyMap<string, EnrollmentEndpoint> = new Map();
  #loading: Promise<void> = Promise.resolve();

  constructor(registry: CatalogRegistry) {
    this.#registry = registry;
  }

  /** Reads everything anew; what was loaded stays in force until the new state is complete. */
  load(): Promise<void> {
    // One after the other: an earlier state never takes the place of a later one.
    const loading = this.#loading.then(async () => this.#take(await this.#registry.readCatalog()));
    this.#loading = loading.catch(() => undefined);
    return loading;
  }

  /**
   * Takes up what was committed since it was loaded, by whichever node; returns whether there was anything. Call it after a
   * change of one's own, and regularly for those of the others: it costs a look at one row.
   */
  async refresh(): Promise<boolean> {
    if ((await this.#registry.readGeneration()) === this.#generation) return false;
    await this.load();
    return true;
  }

  /** Told of every later state once it is in force. */
  onChange(listener: () => void): void {
    this.#onChange.push(listener);
  }

  #take({ generation, authorities, endpoints }: CatalogContents): void {
    this.#issuers = loadIssuers(authorities, this.#issuers);
    this.#issuersByName = new Map(this.issuers.map((issuer) => [issuer.authority.name, issuer]));
    this.#endpoints = new Map(endpoints.map((endpoint) => [endpoint.label, endpoint]));
    this.#generation = generation;
    for (const listener of this.#onChange) listener();
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
    return this.#issuersByName.get(name);
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

/** An authority that did not change keeps its issuer: what others hold on to by that object stays good. */
function loadIssuers(
  authorities: readonly Authority[],
  loaded: ReadonlyMap<string, Issuer>,
): ReadonlyMap<string, Issuer> {
  const byId = new Map(authorities.map((authority) => [authority.id, authority]));
  const issuers = new Map<string, Issuer>();
  const load = (authority: Authority, below: readonly string[]): Issuer => {
    const done = issuers.get(authority.id);
    if (done !== undefined) return done;
    if (below.includes(authority.id)) throw new CaError('notReady', 'The chain of authorities runs in a circle.');
    const { issuerId } = authority;
    const above = issuerId === undefined ? undefined : byId.get(issuerId);
    if (issuerId !== undefined && above === undefined) {
      throw new CaError('notReady', `The issuer of the authority "${authority.name}" is not on record.`);
    }
    const issuer = loadBelow(authority, above && load(above, [...below, authority.id]), loaded);
    issuers.set(authority.id, issuer);
    return issuer;
  };
  for (const authority of authorities) load(authority, []);
  // In the order of the registry, whatever the order in which they were needed.
  return new Map(authorities.map((authority) => [authority.id, load(authority, [])]));
}

function loadBelow(authority: Authority, above: Issuer | undefined, loaded: ReadonlyMap<string, Issuer>): Issuer {
  const known = loaded.get(authority.id);
  const unchanged =
    known?.authority.revision === authority.revision &&
    equalBytes(known.authority.certificateDer, authority.certificateDer) &&
    known.authority.issuerId === authority.issuerId &&
    // Whose issuer changed may have other constraints.
    (above === undefined || loaded.get(above.authority.id) === above);
  return unchanged ? known : loadIssuer(authority, above);
}
