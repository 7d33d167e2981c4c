/** Whole bodies are handed over together: what is handled one after the other is done with warm caches. */

/** A turn of the loop that takes no longer had nothing to do. */
const quietTurnMilliseconds = 0.1;
/** How long a body waits for others while the loop is busy. */
const gatherMilliseconds = 5;
const maxWaiting = 16;

/**
 * Lets those who wait pass when the loop comes round with nothing to do: at once in an idle process, and within 5 ms in one
 * whose loop is busy, with handshakes above all. A handshake leaves nothing of an enrollment's code and data in the
 * processor's caches; several enrollments after several handshakes take less time than each after its own.
 */
export class Turnstile {
  readonly #now: () => number;
  #waiting: (() => void)[] = [];

  /** @param now milliseconds of a monotonic clock */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  pass(): Promise<void> {
    return new Promise((go) => {
      this.#waiting.push(go);
      if (this.#waiting.length > 1) return;
      const now = this.#now();
      this.#openWhenQuiet(now, now + gatherMilliseconds);
    });
  }

  /** @param turnStart when the turn of the loop began that is under way, or a moment in it */
  #openWhenQuiet(turnStart: number, deadline: number): void {
    setImmediate(() => {
      const now = this.#now();
      const busy = now - turnStart > quietTurnMilliseconds;
      if (busy && now < deadline && this.#waiting.length < maxWaiting) return this.#openWhenQuiet(now, deadline);
      const passing = this.#waiting;
      this.#waiting = [];
      for (const go of passing) go();
    });
  }
}

/** Of all listeners of the process, which have one loop. */
export const bodyTurnstile = new Turnstile();
