/** Work of which only so much goes on at a time, and only so much waits: a flood is refused, not queued without end. */

export class BoundedWork {
  readonly #atOnce: number;
  readonly #waitingAtMost: number;
  readonly #waiting: (() => void)[] = [];
  #underWay = 0;

  constructor(limits: { readonly atOnce: number; readonly waitingAtMost: number }) {
    this.#atOnce = limits.atOnce;
    this.#waitingAtMost = limits.waitingAtMost;
  }

  /** @param onFull makes what is thrown when too many wait already */
  async run<T>(work: () => Promise<T>, onFull: () => Error): Promise<T> {
    if (this.#underWay >= this.#atOnce) {
      if (this.#waiting.length >= this.#waitingAtMost) throw onFull();
      // Whoever ends hands over its place: `#underWay` stays as it is.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#underWay += 1;
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#underWay -= 1;
      else next();
    }
  }
}
