/** Takes up what other nodes, or this one, have changed in the catalog; and says so when that does not succeed any more. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Catalog, SigningGate } from '@touchmark/ca';
import type { Logger } from './logger.ts';

/**
 * Asking is a look at one row, which goes through any connection pooler; LISTEN would need a session of its own, and would
 * still have to ask after each time that it lost it.
 */
const intervalMilliseconds = 500;

/** How old the latest look that succeeded may be. */
export interface CatalogAgeLimits {
  /** Older, and the node is not ready. */
  readonly readySeconds: number;
  /**
   * Older, and nothing is signed: an authority may be retired or an endpoint closed since, and this node would not know. Later
   * than the first, so that whoever watches the checks can act before devices are refused.
   */
  readonly signingSeconds: number;
}

const usualLimits: CatalogAgeLimits = { readySeconds: 10, signingSeconds: 60 };

export class CatalogWatch {
  readonly #catalog: Catalog;
  readonly #logger: Logger;
  readonly #limits: CatalogAgeLimits;
  readonly #ending = new AbortController();
  /** Of the monotonic clock, which nobody sets: when the latest look that succeeded began. */
  #currentAt = performance.now();
  #failing = false;
  readonly #watching: Promise<void>;

  /** For a catalog that has just been loaded: looks twice a second, and holds the gate closed while what is loaded is too old. */
  constructor(catalog: Catalog, gate: SigningGate, logger: Logger, limits: CatalogAgeLimits = usualLimits) {
    this.#catalog = catalog;
    this.#logger = logger;
    this.#limits = limits;
    gate.closeWhile(() => this.#olderThan(limits.signingSeconds));
    this.#watching = this.#watch();
  }

  /** A look that does not come back ages as one that fails does. */
  get ageSeconds(): number {
    return (performance.now() - this.#currentAt) / 1000;
  }

  /** For the readiness check: what was found; throws words for the operator. */
  check(): string {
    const tooOld = this.#olderThan(this.#limits.readySeconds);
    if (tooOld === undefined) return 'current';
    throw new Error(
      `${tooOld}: what other nodes have changed is not in force here, and after ${this.#limits.signingSeconds} seconds nothing is signed. ` +
        'The log says why (catalog.failed). If another node runs a newer version, install it here too',
    );
  }

  async end(): Promise<void> {
    this.#ending.abort();
    await this.#watching;
  }

  #olderThan(seconds: number): string | undefined {
    const { ageSeconds } = this;
    return ageSeconds > seconds ? `the catalog could not be read for ${Math.floor(ageSeconds)} seconds` : undefined;
  }

  async #watch(): Promise<void> {
    while (await pause(this.#ending.signal)) await this.#look();
  }

  async #look(): Promise<void> {
    const begunAt = performance.now();
    try {
      if (await this.#catalog.refresh())
        this.#logger.info({ event: 'catalog.loaded' }, 'authorities, endpoints and profiles loaded');
      if (this.#failing) this.#logger.info({ event: 'catalog.recovered' }, 'changes are taken up again');
      this.#failing = false;
      this.#currentAt = begunAt;
    } catch (error) {
      // What was loaded stays in force for a while. Once is enough: the readiness checks tell the rest.
      if (!this.#failing)
        this.#logger.error({ event: 'catalog.failed', error }, 'changes cannot be taken up at the moment');
      this.#failing = true;
    }
  }
}

/** False when it is to end. */
async function pause(ending: AbortSignal): Promise<boolean> {
  return sleep(intervalMilliseconds, true, { signal: ending }).catch(() => false);
}
