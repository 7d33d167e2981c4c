/** Lets concurrent callers with the same request share one answer on this node. */
import { toHex } from '@touchmark/asn1';

export class InFlight<Answer> {
  readonly #running = new Map<string, Promise<Answer>>();

  /** `shared` is true for those who got the answer of somebody else's work. */
  async run(
    digest: Uint8Array,
    work: () => Promise<Answer>,
  ): Promise<{ readonly answer: Answer; readonly shared: boolean }> {
    const key = toHex(digest);
    const running = this.#running.get(key);
    if (running !== undefined) return { answer: await running, shared: true };
    const started = work().finally(() => this.#running.delete(key));
    this.#running.set(key, started);
    return { answer: await started, shared: false };
  }
}
