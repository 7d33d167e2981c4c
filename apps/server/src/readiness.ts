/** Named checks that must all pass before the service signs or calls itself ready. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface CheckResult {
  /** Stable, e.g. `registry`, `key:issuing`, `crl:issuing/0`. */
  readonly name: string;
  readonly ok: boolean;
  /** What was found; when not ok also how to mend it. */
  readonly message: string;
}

export interface ReadinessCheck {
  readonly name: string;
  /** Resolves to what was found; rejects, with words for the operator, when it does not hold. */
  readonly run: () => Promise<string>;
}

const checkTimeoutMilliseconds = 3000;

export class Readiness {
  readonly #sources: (() => readonly ReadinessCheck[])[] = [];

  add(check: ReadinessCheck): void {
    this.#sources.push(() => [check]);
  }

  /** Checks of things that come while the service runs: asked for anew each time. */
  addEach(checks: () => readonly ReadinessCheck[]): void {
    this.#sources.push(checks);
  }

  /** What fails still when the time is over; returns as soon as nothing does. A start has its last work under way. */
  async failingAfter(milliseconds: number): Promise<readonly CheckResult[]> {
    const until = performance.now() + milliseconds;
    for (;;) {
      const failing = (await this.run()).filter(({ ok }) => !ok);
      if (failing.length === 0 || performance.now() >= until) return failing;
      await sleep(100);
    }
  }

  /** All checks at once; one that does not answer in time has failed. */
  async run(): Promise<readonly CheckResult[]> {
    return Promise.all(this.#sources.flatMap((source) => source()).map(runCheck));
  }
}

async function runCheck({ name, run }: ReadinessCheck): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer within 3 seconds')), checkTimeoutMilliseconds);
  });
  try {
    return { name, ok: true, message: await Promise.race([run(), timeout]) };
  } catch (error) {
    return { name, ok: false, message: error instanceof Error ? error.message : 'failed' };
  } finally {
    clearTimeout(timer);
  }
}
