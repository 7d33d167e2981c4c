import { describe, expect, it } from '@jest/globals';
import { CaError } from '../src/errors.ts';
import { SigningGate } from '../src/signing-gate.ts';

const day = 86_400_000;
const mark = new Date('2026-06-01T00:00:00Z');

function outcomeAt(offsetMilliseconds: number, open = true): string {
  const gate = new SigningGate({ now: () => new Date(mark.getTime() + offsetMilliseconds) }, mark);
  if (open) gate.open();
  try {
    gate.now();
    return 'signs';
  } catch (error) {
    if (error instanceof CaError) return error.code;
    throw error;
  }
}

describe('nothing is signed', () => {
  it('before the service is ready, and after it is closed (V12)', () => {
    expect(outcomeAt(0, false)).toBe('notReady');
    const gate = new SigningGate({ now: () => mark }, mark);
    gate.open();
    expect(gate.now()).toEqual(mark);
    gate.close('draining');
    expect(() => gate.now()).toThrow(/draining/);
  });

  it('while there is an obstacle, and again once it is gone', () => {
    const gate = new SigningGate({ now: () => mark }, mark);
    let obstacle: string | undefined;
    gate.closeWhile(() => undefined);
    gate.closeWhile(() => obstacle);
    gate.open();
    expect(gate.now()).toEqual(mark);
    obstacle = 'the catalog was not read for 60 seconds';
    expect(() => gate.now()).toThrow(/not ready to sign \(the catalog was not read for 60 seconds\)/);
    obstacle = undefined;
    expect(gate.now()).toEqual(mark);
  });

  it.each([
    [-1000, 'signs'],
    [-60_000, 'signs'],
    [-61_000, 'clockWentBack'],
    [-day, 'clockWentBack'],
    [-3650 * day, 'clockWentBack'],
    [1000, 'signs'],
    [day, 'signs'],
  ])('when the clock is %d ms from the high-water mark: %s', (offset, expected) => {
    expect(outcomeAt(offset)).toBe(expected);
  });

  it('when the clock steps back while the service runs', () => {
    let now = mark;
    const gate = new SigningGate({ now: () => now }, mark);
    gate.open();
    now = new Date(mark.getTime() + day);
    gate.now();
    now = mark;
    expect(() => gate.now()).toThrow(CaError);
  });
});
