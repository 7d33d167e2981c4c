/** Decides whether anything may be signed now: the service is ready and the clock has not gone back. */
import { CaError } from './errors.ts';
import type { Clock } from './ports.ts';

/** Small steps back are NTP at work; a larger one is a wrong clock, and would give wrong validities and CRLs. */
const toleranceMilliseconds = 60_000;

export class SigningGate {
  readonly #clock: Clock;
  #highWaterMark: number;
  #notReadyBecause: string | undefined = 'starting';
  readonly #obstacles: (() => string | undefined)[] = [];

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

  /** Asked before each signature: while it tells a reason, nothing is signed. */
  closeWhile(obstacle: () => string | undefined): void {
    this.#obstacles.push(obstacle);
  }

  /** The time to sign at. Throws `notReady` or `clockWentBack`. */
  now(): Date {
    const reason = this.#notReadyBecause ?? this.#obstacle();
    if (reason !== undefined) {
      throw new CaError('notReady', `The authority is not ready to sign (${reason}). Try again later.`, {
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

  #obstacle(): string | undefined {
    for (const obstacle of this.#obstacles) {
      const reason = obstacle();
      if (reason !== undefined) return reason;
    }
    return undefined;
  }
}
