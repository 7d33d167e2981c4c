/** Group commit: callers that come at about the same time share one statement and one fsync. */
import { sqlErrorKind } from './sql-errors.ts';

export interface BatcherOptions<Input, Output> {
  /** Results in the order of the inputs, an Error for one that fails alone. Rejects when all of them fail. */
  readonly run: (inputs: readonly Input[]) => Promise<readonly (Output | Error)[]>;
  readonly maxSize?: number;
  readonly maxInFlight?: number;
  /** How long a batch may wait for more callers while the loop is busy; by default not beyond the turn of its first caller. */
  readonly gatherMilliseconds?: number;
}

interface Waiting<Input, Output> {
  readonly input: Input;
  readonly resolve: (output: Output) => void;
  readonly reject: (error: unknown) => void;
}

/** A turn of the loop that takes no longer had nothing to do. */
const quietTurnMilliseconds = 0.1;

/**
 * A batch leaves when the loop comes round with nothing to do: what keeps it busy may be the next callers, and a statement for
 * several costs little more than one for one. While `maxInFlight` batches are under way, newcomers gather in the next one: the
 * busier the registry, the larger the batches. A batch that the database refuses for its data is halved until the one input
 * that is wrong fails alone.
 */
export class Batcher<Input, Output> {
  readonly #run: BatcherOptions<Input, Output>['run'];
  readonly #maxSize: number;
  readonly #maxInFlight: number;
  readonly #gatherMilliseconds: number;
  #waiting: Waiting<Input, Output>[] = [];
  #inFlight = 0;
  #scheduled = false;

  constructor({ run, maxSize = 256, maxInFlight = 2, gatherMilliseconds = 0 }: BatcherOptions<Input, Output>) {
    this.#run = run;
    this.#maxSize = maxSize;
    this.#maxInFlight = maxInFlight;
    this.#gatherMilliseconds = gatherMilliseconds;
  }

  add(input: Input): Promise<Output> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ input, resolve, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#waiting.length === 0 || this.#inFlight >= this.#maxInFlight) return;
    this.#scheduled = true;
    const now = performance.now();
    this.#sendWhenQuiet(now, now + this.#gatherMilliseconds);
  }

  /** @param turnStart when the turn of the loop began that is under way, or a moment in it */
  #sendWhenQuiet(turnStart: number, deadline: number): void {
    setImmediate(() => {
      const now = performance.now();
      const busy = now - turnStart > quietTurnMilliseconds;
      if (busy && now < deadline && this.#waiting.length < this.#maxSize) this.#sendWhenQuiet(now, deadline);
      else this.#send();
    });
  }

  #send(): void {
    this.#scheduled = false;
    while (this.#waiting.length > 0 && this.#inFlight < this.#maxInFlight) {
      const batch = this.#waiting.splice(0, this.#maxSize);
      this.#inFlight++;
      void this.#settle(batch).finally(() => {
        this.#inFlight--;
        this.#schedule();
      });
    }
  }

  async #settle(batch: readonly Waiting<Input, Output>[]): Promise<void> {
    try {
      const outputs = await this.#run(batch.map(({ input }) => input));
      if (outputs.length !== batch.length) throw new Error(`a batch of ${batch.length} gave ${outputs.length} results`);
      batch.forEach(({ resolve, reject }, index) => {
        const output = outputs[index];
        if (output instanceof Error) reject(output);
        // The lengths are equal, so each has its own.
        else resolve(output as Output);
      });
    } catch (error) {
      if (batch.length > 1 && sqlErrorKind(error) === 'data') {
        const half = Math.ceil(batch.length / 2);
        await this.#settle(batch.slice(0, half));
        await this.#settle(batch.slice(half));
        return;
      }
      for (const { reject } of batch) reject(error);
    }
  }
}
