/** A clock that stands still until it is told otherwise. */

export interface FrozenClock {
  /** A new Date each time: nobody can move the clock by changing one. */
  now(): Date;
  /** Negative to go back, as clocks in the field do. */
  advance(milliseconds: number): void;
  set(date: Date): void;
}

/** @param start a Date or an ISO 8601 string */
export function frozenClock(start: Date | string = '2026-01-01T00:00:00Z'): FrozenClock {
  let time = checked(new Date(start).getTime());
  return {
    now: () => new Date(time),
    advance(milliseconds) {
      time = checked(time + milliseconds);
    },
    set(date) {
      time = checked(date.getTime());
    },
  };
}

function checked(time: number): number {
  if (Number.isNaN(time)) throw new RangeError('That is not a time.');
  return time;
}
