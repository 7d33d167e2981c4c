/** `pkcs11:` URIs as RFC 7512 defines them. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { KeyStoreError, formatPkcs11Uri, parsePkcs11Uri } from '../src/index.ts';

describe('parsePkcs11Uri', () => {
  it.each<readonly [string, string, object]>([
    [
      '§3 an object by label and class',
      'pkcs11:object=my-pubkey;type=public',
      { path: { object: 'my-pubkey', type: 'public' } },
    ],
    [
      '§3 a key in a token with a PIN source',
      'pkcs11:object=my-key;type=private?pin-source=file:/etc/token',
      { path: { object: 'my-key', type: 'private' }, query: { 'pin-source': 'file:/etc/token' } },
    ],
    [
      '§3 a certificate with percent-encoded blanks',
      'pkcs11:token=The%20Software%20PKCS%2311%20Softtoken;manufacturer=Snake%20Oil,%20Inc.;model=1.0;object=my-certificate;type=cert;id=%69%95%3E%5C%F4%BD%EC%91;serial=?pin-source=file:/etc/token_pin',
      {
        path: {
          token: 'The Software PKCS#11 Softtoken',
          manufacturer: 'Snake Oil, Inc.',
          model: '1.0',
          object: 'my-certificate',
          type: 'cert',
          serial: '',
        },
        id: Uint8Array.of(0x69, 0x95, 0x3e, 0x5c, 0xf4, 0xbd, 0xec, 0x91),
        query: { 'pin-source': 'file:/etc/token_pin' },
      },
    ],
    [
      '§3 a module by name and a PIN by value',
      'pkcs11:object=my-sign-key;type=private?module-name=mypkcs11&pin-value=the-pin',
      { query: { 'module-name': 'mypkcs11', 'pin-value': 'the-pin' } },
    ],
    [
      '§3 a semicolon in a value',
      'pkcs11:token=Software%20PKCS%2311%20softtoken%3B',
      { path: { token: 'Software PKCS#11 softtoken;' } },
    ],
    [
      '§3 slots',
      'pkcs11:slot-description=Sun%20Metaslot;slot-id=327',
      { path: { 'slot-description': 'Sun Metaslot', 'slot-id': '327' } },
    ],
    [
      '§3 a library',
      'pkcs11:library-manufacturer=Snake%20Oil,%20Inc.;library-description=Soft%20Token%20Library;library-version=1.23',
      { path: { 'library-version': '1.23' } },
    ],
    ['§2.3 nothing at all: it matches everything', 'pkcs11:', { path: {}, id: undefined, query: {} }],
    ['RFC 3986 §3.1 a scheme without regard to case', 'PKCS11:token=a', { path: { token: 'a' } }],
    ['§2.3 an ampersand in the path', 'pkcs11:token=a&b', { path: { token: 'a&b' } }],
    [
      '§2.4 slashes and question marks in the query',
      'pkcs11:token=a?module-path=/usr/lib/a?b.so',
      { query: { 'module-path': '/usr/lib/a?b.so' } },
    ],
    ['UTF-8', 'pkcs11:token=Schl%C3%BCssel', { path: { token: 'Schlüssel' } }],
    ['an equals sign in a value', 'pkcs11:token=a=b', { path: { token: 'a=b' } }],
    ['§2.3 an id of any octets', 'pkcs11:id=%00%FF', { id: Uint8Array.of(0, 255) }],
  ])('reads %s', (_, text, expected) => {
    expect(parsePkcs11Uri(text)).toMatchObject(expected);
  });

  it.each([
    ['another scheme', 'pkcs12:token=a', 'begin with'],
    ['an empty text', '', 'begin with'],
    ['a blank', 'pkcs11:token=a b', 'percent-encoded'],
    ['a slash in the path', 'pkcs11:token=a/b', 'percent-encoded'],
    ['a fragment', 'pkcs11:token=a#b', 'percent-encoded'],
    ['a letter beyond ASCII', 'pkcs11:token=ü', 'percent-encoded'],
    ['a broken escape', 'pkcs11:token=%4', 'broken escape'],
    ['an escape that is no hex', 'pkcs11:token=%zz', 'broken escape'],
    ['a percent sign alone', 'pkcs11:token=100%', 'broken escape'],
    ['a line feed', 'pkcs11:token=a\n', 'percent-encoded'],
    ['an attribute without a value', 'pkcs11:token', 'name=value'],
    ['an attribute without a name', 'pkcs11:=a', 'name=value'],
    ['an empty attribute', 'pkcs11:token=a;;object=b', 'name=value'],
    ['a separator at the end', 'pkcs11:token=a;', 'name=value'],
    ['§2.3 an attribute twice', 'pkcs11:token=a;token=b', 'twice'],
    ['§2.4 a query attribute twice', 'pkcs11:?module-name=a&module-name=b', 'twice'],
    ['an attribute that is not known', 'pkcs11:tokn=a', 'not known'],
    ['a vendor attribute, which would narrow what is meant', 'pkcs11:x-vendor=a', 'not known'],
    ['an attribute in capitals', 'pkcs11:Token=a', 'not known'],
    ['a path attribute in the query', 'pkcs11:?token=a', 'not known'],
    ['a query attribute in the path', 'pkcs11:module-name=a', 'not known'],
    ['an attribute named like a member of every object', 'pkcs11:__proto__=a', 'not known'],
    ['§2.3 a type that is none', 'pkcs11:type=key', '"type"'],
    ['a slot id that is no number', 'pkcs11:slot-id=0x1', '"slot-id"'],
    ['a library version that is none', 'pkcs11:library-version=v1', '"library-version"'],
    ['an empty id', 'pkcs11:id=', '"id" is empty'],
    ['an empty token', 'pkcs11:token=', '"token" is empty'],
    ['an empty object', 'pkcs11:object=', '"object" is empty'],
    ['text that is not UTF-8', 'pkcs11:token=%FF', 'not UTF-8'],
    ['a NUL', 'pkcs11:token=a%00b', 'NUL'],
    ['§2.4 a PIN by source and by value', 'pkcs11:?pin-source=file:/a&pin-value=1234', 'both'],
    ['a module name that is a path', 'pkcs11:?module-name=..%2Fevil', '"module-name"'],
    ['a module path that is relative', 'pkcs11:?module-path=evil.so', '"module-path"'],
  ])('refuses %s', (_, text, fault) => {
    expect(() => parsePkcs11Uri(text)).toThrow(KeyStoreError);
    expect(() => parsePkcs11Uri(text)).toThrow(fault);
  });

  it('repeats no PIN in a refusal', () => {
    expect(() => parsePkcs11Uri('pkcs11:?pin-value=secret 1234')).not.toThrow('secret');
    expect(() => parsePkcs11Uri('pkcs11:?pin-value=secret1234&pin-source=file:/a')).not.toThrow('secret');
  });

  it('never fails in another way', () => {
    const text = fc.string({ unit: fc.constantFrom(...Array.from('pkcs11:=;&?%0aFfétoken-id/')) });
    fc.assert(
      fc.property(text, (rest) => {
        try {
          parsePkcs11Uri(`pkcs11:${rest}`);
        } catch (error) {
          expect(error).toMatchObject({ code: 'uriMalformed' });
        }
      }),
    );
  });
});

describe('formatPkcs11Uri', () => {
  it('writes what reads back the same', () => {
    const word = fc
      .string({ unit: 'binary', minLength: 1 })
      .filter((text) => !text.includes('\0') && text.isWellFormed());
    fc.assert(
      fc.property(word, word, fc.uint8Array({ minLength: 1 }), (token, object, id) => {
        expect(parsePkcs11Uri(formatPkcs11Uri({ path: { token, object }, id }))).toEqual({
          path: { token, object },
          id,
          query: {},
        });
      }),
    );
  });

  it('leaves the query out, and a PIN with it', () => {
    expect(formatPkcs11Uri(parsePkcs11Uri('pkcs11:object=b;token=a?pin-value=1234'))).toBe('pkcs11:token=a;object=b');
  });
});
