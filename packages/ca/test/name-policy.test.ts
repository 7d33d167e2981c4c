import { describe, expect, it } from '@jest/globals';
import { CaError } from '../src/errors.ts';
import { checkDeviceId, checkSubjectAltNames, checkText } from '../src/name-policy.ts';
import { ProfileRules } from '../src/profile.ts';

const rules = ProfileRules.parse({
  subject: [],
  keyAlgorithms: ['ec-p256'],
  extendedKeyUsage: [],
  validity: { seconds: 3600 },
}).subjectAltName;

function codeOf(work: () => void): string {
  try {
    work();
  } catch (error) {
    if (error instanceof CaError) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('device ids', () => {
  it.each(['a', 'dev-001', '00:1A:2B:3C:4D:5E', 'urn_x.y', 'a'.repeat(64)])('accepts %j', (id) => {
    expect(codeOf(() => checkDeviceId(id))).toBe('accepted');
  });

  it.each(['', ' ', '-a', 'a-', 'a b', 'a/b', '../x', 'a\u0000', 'é', 'a\n', '*'])('refuses %j', (id) => {
    expect(codeOf(() => checkDeviceId(id))).toBe('deviceNameInvalid');
  });

  it('refuses 65 characters', () => {
    expect(codeOf(() => checkDeviceId('a'.repeat(65)))).toBe('deviceNameTooLong');
  });
});

describe('subject text', () => {
  it.each(['Plant 7', 'Ångström', 'x'.repeat(64)])('accepts %j', (text) => {
    expect(codeOf(() => checkText('organizationName', text))).toBe('accepted');
  });

  it.each([
    ['', 'nameEmpty'],
    [' a', 'nameBlankAtEdge'],
    ['a ', 'nameBlankAtEdge'],
    ['a\u0000b', 'nameHasNul'],
    ['a\u202eb', 'nameHasBidiCharacter'],
    ['a\u200fb', 'nameHasBidiCharacter'],
    ['a\u200bb', 'nameHasInvisibleCharacter'],
    ['\ufeffa', 'nameHasInvisibleCharacter'],
    ['a\u00adb', 'nameHasInvisibleCharacter'],
    ['a\tb', 'nameHasControlCharacter'],
    ['a\n', 'nameHasControlCharacter'],
    ['a\u2028b', 'nameHasControlCharacter'],
    ['x'.repeat(65), 'nameTooLong'],
  ])('refuses %j: %s', (text, code) => {
    expect(codeOf(() => checkText('organizationName', text))).toBe(code);
  });
});

describe('DNS names', () => {
  it.each(['a.example.com', 'broker', 'xn--bcher-kva.example', 'XN--BCHER-KVA.example', 'xn--fiqs8s', 'A.Example.COM'])(
    'accepts %j',
    (value) => {
      expect(codeOf(() => checkSubjectAltNames([{ kind: 'dns', value }], rules))).toBe('accepted');
    },
  );

  it.each([
    ['', 'nameEmpty'],
    ['*.example.com', 'wildcardNotAllowed'],
    ['a.*.com', 'wildcardMisplaced'],
    ['a*.example.com', 'wildcardMisplaced'],
    ['localhost', 'localhostNotAllowed'],
    ['x.localhost', 'localhostNotAllowed'],
    ['10.0.0.1', 'dnsNameIsIpAddress'],
    ['::1', 'dnsNameIsIpAddress'],
    ['example.123', 'dnsNameNumeric'],
    ['0x7f000001', 'dnsNameNumeric'],
    ['-a.example.com', 'dnsNameHyphenAtEdge'],
    ['a-.example.com', 'dnsNameHyphenAtEdge'],
    ['a..example.com', 'dnsNameLabelEmpty'],
    ['.example.com', 'dnsNameLabelEmpty'],
    ['example.com.', 'dnsNameEndsWithDot'],
    [`${'a'.repeat(64)}.com`, 'dnsNameLabelTooLong'],
    [`${'a.'.repeat(127)}com`, 'dnsNameTooLong'],
    ['exämple.com', 'dnsNameNotAscii'],
    ['a b.example', 'dnsNameNotAscii'],
    ['a\u0000.example', 'nameHasNul'],
    ['example.com:443', 'dnsNameCharacterNotAllowed'],
    ['ab--cd.example', 'dnsNameLabelReserved'],
    ['xn--a.example', 'dnsNameIdnNotAllowed'],
    ['xn--.example', 'dnsNameHyphenAtEdge'],
    ['xn--abc-.example', 'dnsNameHyphenAtEdge'],
    ['xn--99999999999.example', 'dnsNamePunycodeInvalid'],
    // a snowman, a capital letter, a combining mark in front
    ['xn--n3h.example', 'dnsNameIdnNotAllowed'],
    ['xn--Bcher-Kva8445foa.example', 'dnsNameIdnNotAllowed'],
  ])('refuses %j: %s', (value, code) => {
    expect(codeOf(() => checkSubjectAltNames([{ kind: 'dns', value }], rules))).toBe(code);
  });

  it('lets a wildcard and localhost through where the profile says so', () => {
    const names = [
      { kind: 'dns' as const, value: '*.example.com' },
      { kind: 'dns' as const, value: 'localhost' },
    ];
    expect(codeOf(() => checkSubjectAltNames(names, { ...rules, allowWildcard: true, allowLocalhost: true }))).toBe(
      'accepted',
    );
    const tooWide = [{ kind: 'dns' as const, value: '*.com' }];
    expect(codeOf(() => checkSubjectAltNames(tooWide, { ...rules, allowWildcard: true }))).toBe('wildcardTooBroad');
  });
});

describe('other subject alternative names', () => {
  it.each([
    [{ kind: 'ip', value: '192.0.2.1' }, 'accepted'],
    [{ kind: 'ip', value: '2001:db8::1' }, 'accepted'],
    [{ kind: 'ip', value: '169.254.3.4' }, 'accepted'],
    [{ kind: 'ip', value: '192.0.2.256' }, 'ipAddressMalformed'],
    [{ kind: 'ip', value: 'fe80::1%eth0' }, 'ipAddressMalformed'],
    [{ kind: 'ip', value: '127.0.0.1' }, 'localhostNotAllowed'],
    [{ kind: 'ip', value: '::1' }, 'localhostNotAllowed'],
    [{ kind: 'ip', value: '0.0.0.0' }, 'ipAddressUnspecified'],
    [{ kind: 'ip', value: '::' }, 'ipAddressUnspecified'],
    [{ kind: 'ip', value: '224.0.0.1' }, 'ipAddressMulticast'],
    [{ kind: 'ip', value: 'ff02::1' }, 'ipAddressMulticast'],
    [{ kind: 'ip', value: '255.255.255.255' }, 'ipAddressBroadcast'],
    [{ kind: 'ip', value: '::ffff:192.0.2.1' }, 'ipAddressMapped'],
    [{ kind: 'uri', value: 'urn:dev:1' }, 'accepted'],
    [{ kind: 'uri', value: 'spiffe://plant/line-7' }, 'accepted'],
    [{ kind: 'uri', value: 'https://[2001:db8::1]:8443/x' }, 'accepted'],
    [{ kind: 'uri', value: 'no-scheme' }, 'uriRelative'],
    [{ kind: 'uri', value: 'http://a b' }, 'uriNotAscii'],
    [{ kind: 'uri', value: 'urn:x:%zz' }, 'uriMalformed'],
    [{ kind: 'uri', value: 'http://a/{x}' }, 'uriMalformed'],
    [{ kind: 'uri', value: 'javascript:alert(1)' }, 'uriSchemeNotAllowed'],
    [{ kind: 'uri', value: 'https://user:secret@example.com/' }, 'uriHasUserInfo'],
    [{ kind: 'uri', value: 'spiffe:///line-7' }, 'uriHostMissing'],
    [{ kind: 'uri', value: 'https://a..example/' }, 'dnsNameLabelEmpty'],
    [{ kind: 'email', value: 'ops@example.com' }, 'accepted'],
    [{ kind: 'email', value: 'ops@@example.com' }, 'emailMalformed'],
    [{ kind: 'email', value: 'Ops <ops@example.com>' }, 'emailNotAscii'],
    [{ kind: 'email', value: 'a..b@example.com' }, 'emailLocalPartInvalid'],
    [{ kind: 'email', value: `${'a'.repeat(65)}@example.com` }, 'emailLocalPartInvalid'],
    [{ kind: 'email', value: 'ops@10.0.0.1' }, 'dnsNameIsIpAddress'],
    [{ kind: 'email', value: 'ops@*.example.com' }, 'wildcardNotAllowed'],
    [{ kind: 'uri', value: `urn:x:${'a'.repeat(250)}` }, 'subjectAltNameTooLong'],
    [{ kind: 'registeredId', oid: '1.2.3' }, 'subjectAltNameKindNotAllowed'],
    [{ kind: 'other', der: new Uint8Array([0xa0, 0]) }, 'subjectAltNameKindNotAllowed'],
  ] as const)('%j is %s', (name, expected) => {
    expect(codeOf(() => checkSubjectAltNames([name], rules))).toBe(expected);
  });

  it('takes 64 names and not 65', () => {
    const names = Array.from({ length: 65 }, (_, index) => ({ kind: 'dns' as const, value: `n${index}.example` }));
    expect(codeOf(() => checkSubjectAltNames(names.slice(1), rules))).toBe('accepted');
    expect(codeOf(() => checkSubjectAltNames(names, rules))).toBe('subjectAltNamesTooMany');
  });
});
