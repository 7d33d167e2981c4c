/** Decides whether anything may be signed now: the service is ready and the clock has not gone back. */
import { CaError } from './errors.ts';
import type { Clock } from './ports.ts';

/** Small steps back are NTP at work; a larger one is a wrong clock, and would give wrong validities and CRLs. */
const toleranceMilliseconds = 60_000;

export class SigningGate {
  readonly #clock: Clock;
  #highWaterMark: number;
  #notReadyBecause: string | undefined = 'starting';

  /** @param highWaterMark the latest time that the registry has on record */
  constructor(clock: Clock, highWaterMark: Date) {
    this.#clock = clock;
    this.#highWaterMark = highWaterMark.getTime();
  }

  open(): void {
    this.#notReadyBecause = undefined;
  }

  close(reason: string): void {
    this.#notReadyBecause = reason;
  }

  /** The time to sign at. Throws `notReady` or `clockWentBack`. */
  now(): Date {
    if (this.#notReadyBecause !== undefined) {
      throw new CaError('notReady', `The authority is not ready to sign (${this.#notReadyBecause}). Try again later.`, {
        retryAfterSeconds: 30,
      });
    }
    const now = this.#clock.now();
    if (now.getTime() < this.#highWaterMark - toleranceMilliseconds) {
      throw new CaError(
        'clockWentBack',
        'The clock of the authority is behind what it has already signed. Nothing is signed until the clock is right.',
        { retryAfterSeconds: 60 },
      );
    }
    this.#highWaterMark = Math.max(this.#highWaterMark, now.getTime());
    return now;
  }
}
