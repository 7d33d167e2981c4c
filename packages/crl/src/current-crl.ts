/** The newest CRL of each shard, kept in memory and never older than what the registry says. */
import { createHash } from 'node:crypto';
import { encodePem } from '@touchmark/asn1';
import type { Authority, Clock, CrlRegistry, PublishedCrl } from '@touchmark/ca';

export interface ServedCrl extends PublishedCrl {
  /** Entity tag without the quotes: other bytes, other tag. */
  readonly tag: string;
  readonly pem: () => string;
}

export class CurrentCrls {
  readonly #registry: CrlRegistry;
  readonly #clock: Clock;
  readonly #byShard = new Map<string, ServedCrl>();
  readonly #loading = new Map<string, Promise<ServedCrl | undefined>>();

  constructor(registry: CrlRegistry, clock: Clock) {
    this.#registry = registry;
    this.#clock = clock;
  }

  /** The CRL to serve now; undefined when there is none or it is past nextUpdate. */
  async find(authority: Authority, shard: number): Promise<ServedCrl | undefined> {
    const key = `${authority.id}/${shard}`;
    const number = await this.#registry.findLatestNumber(authority.id, shard);
    let crl = this.#byShard.get(key);
    // Numbers never go back: what a lagging or restored registry says of an older one is not believed.
    if (number !== undefined && (crl === undefined || crl.number < number))
      crl = await this.#load(key, authority.id, shard);
    return crl === undefined || this.#clock.now() >= crl.nextUpdate ? undefined : crl;
  }

  async #load(key: string, authorityId: string, shard: number): Promise<ServedCrl | undefined> {
    const loading = this.#loading.get(key) ?? this.#startLoading(key, authorityId, shard);
    return loading;
  }

  #startLoading(key: string, authorityId: string, shard: number): Promise<ServedCrl | undefined> {
    const loading = this.#registry
      .findLatest(authorityId, shard)
      .then((latest) => this.#keep(key, latest))
      .finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    return loading;
  }

  #keep(key: string, latest: PublishedCrl | undefined): ServedCrl | undefined {
    const held = this.#byShard.get(key);
    if (latest === undefined || (held !== undefined && held.number >= latest.number)) return held;
    const served = toServed(latest);
    this.#byShard.set(key, served);
    return served;
  }
}

function toServed(crl: PublishedCrl): ServedCrl {
  const digest = createHash('sha256').update(crl.crlDer).digest('hex').slice(0, 16);
  let pem: string | undefined;
  return { ...crl, tag: `${crl.number}-${digest}`, pem: () => (pem ??= encodePem('X509 CRL', crl.crlDer)) };
}
