/** What was started is ended in the opposite order; a part that fails to end does not keep the others. */
import type { Logger } from './logger.ts';

export class Shutdown {
  readonly #logger: Logger;
  readonly #steps: { readonly name: string; readonly end: () => void | Promise<void> }[] = [];

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  add(name: string, end: () => void | Promise<void>): void {
    this.#steps.push({ name, end });
  }

  /** Safe to call more than once. */
  async run(): Promise<void> {
    for (const { name, end } of this.#steps.splice(0).reverse()) {
      try {
        await end();
      } catch (error) {
        this.#logger.error({ event: 'stop.failed', part: name, error }, 'a part did not end as it should');
      }
    }
  }
}
