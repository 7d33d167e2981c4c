import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseBasicCredentials } from '../src/index.ts';
import { basic } from './scripted-authority.ts';

const base64 = (bytes: string | Uint8Array): string => Buffer.from(bytes).toString('base64');

describe('HTTP Basic (RFC 7617)', () => {
  it.each([
    ['user and secret', basic('device-1', 'abc'), 'device-1', 'abc'],
    ['an empty user name', basic('', 'abc'), '', 'abc'],
    ['colons in the password', basic('u', 'a:b::c'), 'u', 'a:b::c'],
    ['an empty password', basic('u', ''), 'u', ''],
    ['UTF-8', basic('Gerät', 'pässwörd'), 'Gerät', 'pässwörd'],
    ['the scheme in lower case', basic('u', 'p').replace('Basic', 'basic'), 'u', 'p'],
    ['more blanks', basic('u', 'p').replace(' ', '   '), 'u', 'p'],
    ['a byte order mark is part of the name', basic('\ufeffu', 'p'), '\ufeffu', 'p'],
  ])('reads %s', (_name, field, userName, password) => {
    const warnings: string[] = [];
    expect(parseBasicCredentials(field, warnings)).toEqual({ userName, value: password });
    expect(warnings).toEqual([]);
  });

  it.each([
    ['nothing after the scheme', 'Basic'],
    ['no colon', `Basic ${base64('hunter2')}`],
    ['not base64', 'Basic hunter2:x'],
    ['base64 without padding', 'Basic aHVudGVyMjp4eA'],
    ['base64 with unused bits', 'Basic YTp='],
    ['white space inside', `Basic ${base64('hunter2:x').slice(0, 4)} ${base64('hunter2:x').slice(4)}`],
    ['two fields joined', `${basic('a', 'hunter2')}, ${basic('b', 'hunter2')}`],
    ['not UTF-8', `Basic ${base64(Uint8Array.of(0x75, 0x3a, 0xe4))}`],
    ['a line break after the secret', basic('u', 'hunter2\n')],
    ['a NUL', basic('u\0', 'hunter2')],
    ['an empty field', ''],
  ])('refuses %s, without repeating the secret', (_name, field) => {
    let refusal: unknown;
    try {
      parseBasicCredentials(field, []);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toMatchObject({ code: 'authorizationMalformed' });
    expect(String(refusal)).not.toContain('hunter2');
  });

  it('takes another scheme for no credentials, and notes it without its value', () => {
    const warnings: string[] = [];
    expect(parseBasicCredentials('Bearer hunter2', warnings)).toBeUndefined();
    expect(warnings).toEqual(['an Authorization of scheme "bearer" was ignored: only Basic is known']);
    expect(parseBasicCredentials(undefined, [])).toBeUndefined();
  });

  it('round trip', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((value) => !/\p{Cc}/u.test(value));
    fc.assert(
      fc.property(
        text.filter((value) => !value.includes(':')),
        text,
        (userName, password) => {
          expect(parseBasicCredentials(basic(userName, password), [])).toEqual({ userName, value: password });
        },
      ),
    );
  });
});
