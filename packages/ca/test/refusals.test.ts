import { describe, expect, it } from '@jest/globals';
import { findRefusal, refusalCodes, refusals, refusalsByNoun } from '../src/index.ts';

describe('the table of refusals', () => {
  it.each(refusalCodes)('%s says what, why and how to mend it, each in sentences', (code) => {
    const { meaning, why, hint } = refusals[code];
    expect(code).toMatch(/^[a-z][A-Za-z0-9]+$/);
    expect(meaning).toMatch(/^[A-Za-z].{9,118}\.$/);
    expect(why).toMatch(/^["A-Za-z0-9].{9,}\.$/);
    expect(hint).toMatch(/^[A-Z].{9,}\.$/);
  });

  it('has each code once, whatever its case', () => {
    const codes = Object.values(refusalsByNoun).flatMap((rows) => Object.keys(rows).map((code) => code.toLowerCase()));
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes).toHaveLength(refusalCodes.length);
  });

  it('has no two codes with the same sentence', () => {
    const meanings = refusalCodes.map((code) => refusals[code].meaning);
    expect(meanings.filter((meaning, index) => meanings.indexOf(meaning) !== index)).toEqual([]);
  });

  it('is searched without regard to case', () => {
    expect(findRefusal('SECRETEXPIRED')?.code).toBe('secretExpired');
    expect(findRefusal('secretExpird')).toBeUndefined();
  });
});
