/** The clock of tests. */
import { describe, expect, it } from '@jest/globals';
import { frozenClock } from '../src/index.ts';

describe('frozenClock', () => {
  it('stands still', async () => {
    const clock = frozenClock('2026-03-01T12:00:00Z');
    const before = clock.now();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(clock.now()).toEqual(before);
    expect(before.toISOString()).toBe('2026-03-01T12:00:00.000Z');
  });

  it('goes forward and back', () => {
    const clock = frozenClock(new Date(1000));
    clock.advance(500);
    expect(clock.now().getTime()).toBe(1500);
    clock.advance(-1400);
    expect(clock.now().getTime()).toBe(100);
    clock.set(new Date(7));
    expect(clock.now().getTime()).toBe(7);
  });

  it('cannot be moved through a date that it gave or was given', () => {
    const start = new Date(1000);
    const clock = frozenClock(start);
    start.setTime(0);
    clock.now().setTime(0);
    expect(clock.now().getTime()).toBe(1000);
  });

  it('refuses what is no time', () => {
    const clock = frozenClock();
    expect(() => frozenClock('tomorrow')).toThrow(RangeError);
    expect(() => clock.advance(Number.NaN)).toThrow(RangeError);
    expect(() => clock.set(new Date(Number.NaN))).toThrow(RangeError);
  });
});
