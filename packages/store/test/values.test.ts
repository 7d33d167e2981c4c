import { describe, expect, it } from '@jest/globals';
import type { RevocationReason } from '@touchmark/ca';
import fc from 'fast-check';
import { reasonCode, reasonOfCode, storableJson, storableText } from '../src/convert.ts';
import { keyOfCursor, pageOf, rowsToRead, textForm } from '../src/admin/page.ts';
import { where } from '../src/index.ts';
import { sqlErrorKind } from '../src/sql-errors.ts';

describe('where', () => {
  it('lets a filter through as it is', () => {
    const filter = { id: 'a', at: new Date(0), key: new Uint8Array(2), none: null, not: { in: [1, 2] } };
    expect(where(filter)).toBe(filter);
  });

  it.each([
    ['at the top', { id: undefined }, 'where.id'],
    ['nested', { OR: [{ id: 'a' }, { state: { not: undefined } }] }, 'where.OR.1.state.not'],
    ['in a list', { id: { in: ['a', undefined] } }, 'where.id.in.1'],
  ])('refuses undefined %s, which Prisma would take for no filter', (_, filter, path) => {
    expect(() => where(filter)).toThrow(`${path} is undefined`);
  });
});

describe('CRLReason', () => {
  const codes: Record<RevocationReason, number> = {
    unspecified: 0,
    keyCompromise: 1,
    cACompromise: 2,
    affiliationChanged: 3,
    superseded: 4,
    cessationOfOperation: 5,
    certificateHold: 6,
    privilegeWithdrawn: 9,
    aACompromise: 10,
  };
  it.each(Object.entries(codes))('%s is %i (RFC 5280 §5.3.1)', (reason, code) => {
    expect(reasonCode(reason as RevocationReason)).toBe(code);
    expect(reasonOfCode(code)).toBe(reason);
  });
  it.each([7, 8, 11, -1])('%i is refused', (code) => {
    expect(() => reasonOfCode(code)).toThrow('unknown CRLReason');
  });
});

describe('text for PostgreSQL', () => {
  it('has no NUL and no lone surrogate, and is otherwise unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const stored = storableText(text);
        expect(stored.isWellFormed()).toBe(true);
        expect(stored).not.toContain('\u0000');
        if (text.isWellFormed() && !text.includes('\u0000')) expect(stored).toBe(text);
        expect(JSON.parse(storableJson({ text }))).toEqual({ text: stored });
        expect(JSON.parse(storableJson([{ [text]: { [text]: text } }]))).toEqual([{ [stored]: { [stored]: stored } }]);
      }),
    );
  });

  it.each([
    [{ 'a\u0000': 1 }, '{"a\ufffd":1}'],
    [{ '\ud800': { '\udfff"': ['\u0000'] } }, '{"\ufffd":{"\ufffd\\"":["\ufffd"]}}'],
    [{ '\\u0000\u0000': '\\ud800\ud800\\' }, '{"\\\\u0000\ufffd":"\\\\ud800\ufffd\\\\"}'],
    [{ 'a\u0001\n': '\u{1f600}\u0000' }, '{"a\\u0001\\n":"\u{1f600}\ufffd"}'],
    [{ at: new Date(0), none: undefined, text: '\u0000' }, '{"at":"1970-01-01T00:00:00.000Z","text":"\ufffd"}'],
  ])('is clean in the names of members too: %j', (value, json) => {
    expect(storableJson(value)).toBe(json);
  });
});

describe('a page', () => {
  it('follows the cursor to the end, without a gap or a repetition', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^[a-zä]{1,8}$/)), fc.integer({ min: 1, max: 7 }), (all, limit) => {
        const sorted = all.toSorted();
        const seen: string[] = [];
        for (let cursor: string | undefined; ;) {
          const request = { limit, cursor };
          const after = keyOfCursor(request, textForm) ?? '';
          const rows = sorted.filter((key) => key > after).slice(0, rowsToRead(request));
          const page = pageOf(
            rows,
            request,
            (key) => key,
            (key) => key,
          );
          seen.push(...page.items);
          cursor = page.nextCursor;
          if (cursor === undefined) break;
        }
        expect(seen).toEqual(sorted);
      }),
    );
  });

  it.each([0, -1, 1001, 1.5, Number.NaN])('of %p rows is refused', (limit) => {
    expect(() => rowsToRead({ limit, cursor: undefined })).toThrow(
      expect.objectContaining({ code: 'invalidArgument' }),
    );
  });

  it.each(['', '*', 'AA==', Buffer.from('a\u0000b').toString('base64url'), 'YQ='])(
    'refuses the cursor %p',
    (cursor) => {
      expect(() => keyOfCursor({ limit: 1, cursor }, textForm)).toThrow(
        expect.objectContaining({ code: 'invalidArgument' }),
      );
    },
  );
});

describe('an error of the database', () => {
  const error = (code: string | undefined, message = 'x') =>
    Object.assign(new Error(message), code === undefined ? {} : { code });
  it.each([
    ['a serialization failure', error('40001'), 'conflict'],
    ['a deadlock', error('40P01'), 'conflict'],
    ['a lock timeout', error('55P03'), 'conflict'],
    ['a terminated backend', error('57P01'), 'lost'],
    ['a server that starts up', error('57P03'), 'lost'],
    ['a refused connection', error('ECONNREFUSED'), 'lost'],
    ['a missing socket', error('ENOENT'), 'lost'],
    ['a broken pipe, which has the length of an SQLSTATE', error('EPIPE'), 'lost'],
    ['an ended connection', error(undefined, 'Connection terminated unexpectedly'), 'lost'],
    ['a connection timeout', error(undefined, 'timeout exceeded when trying to connect'), 'lost'],
    ['a unique violation', error('23505'), 'data'],
    ['a bad number', error('22P02'), 'data'],
    ['a missing table', error('42P01'), 'unexpected'],
    ['our own mistake', new TypeError('undefined is not a function'), 'unexpected'],
    ['something else thrown', 'text', 'unexpected'],
  ] as const)('%s', (_, thrown, kind) => {
    expect(sqlErrorKind(thrown)).toBe(kind);
  });
});
