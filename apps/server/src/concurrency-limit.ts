/** Work of a kind, of which a node does only so much at a time. */
import { CaError } from '@touchmark/ca';

export class ConcurrencyLimit {
  readonly #max: number;
  readonly #what: string;
  #running = 0;

  /** @param what as it stands in "There are … already." */
  constructor(max: number, what: string) {
    this.#max = max;
    this.#what = what;
  }

  /** Refuses one more at once: whoever waits, waits for work of unknown length. @throws CaError `overloaded` */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#max) {
      throw new CaError('overloaded', `There are ${this.#max} ${this.#what} already. Try again in a few seconds.`, {
        retryAfterSeconds: 5,
      });
    }
    this.#running++;
    try {
      return await work();
    } finally {
      this.#running--;
    }
  }
}
