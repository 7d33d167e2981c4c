import { describe, expect, it } from '@jest/globals';
import { StrangerLimiter } from '../src/stranger-limiter.ts';

const start = Date.parse('2026-01-01T00:00:00Z');
const at = (seconds: number): Date => new Date(start + seconds * 1000);

function takeAll(limiter: StrangerLimiter, address: string, tries: number, seconds: number): number {
  let taken = 0;
  for (let index = 0; index < tries; index++) if (limiter.take(address, at(seconds))) taken++;
  return taken;
}

describe('refusals of strangers that are written down', () => {
  it('are a thousand at once and one a second after that, for each address', () => {
    const limiter = new StrangerLimiter();
    expect(takeAll(limiter, '192.0.2.1', 1500, 0)).toBe(1000);
    expect(takeAll(limiter, '192.0.2.1', 10, 5)).toBe(5);
    expect(takeAll(limiter, '192.0.2.2', 10, 5)).toBe(10);
  });

  it('do not grow back when the clock goes back', () => {
    const limiter = new StrangerLimiter();
    takeAll(limiter, '192.0.2.1', 1000, 100);
    expect(takeAll(limiter, '192.0.2.1', 10, 0)).toBe(0);
  });

  it('are forgotten for the addresses not seen for longest, so that memory is bounded', () => {
    const limiter = new StrangerLimiter();
    takeAll(limiter, 'first', 1000, 0);
    for (let index = 0; index < 10_000; index++) limiter.take(`address ${index}`, at(0));
    expect(limiter.take('first', at(0))).toBe(true);
  });
});
