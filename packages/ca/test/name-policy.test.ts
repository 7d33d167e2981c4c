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

  it.each(['', ' ', '-a', 'a-', 'a b', 'a/b', '../x', 'a\u0000', 'é', 'a'.repeat(65), 'a\n', '*'])(
    'refuses %j',
    (id) => {
      expect(codeOf(() => checkDeviceId(id))).toBe('deviceNameInvalid');
    },
  );
});

describe('subject text', () => {
  it.each(['Plant 7', 'Ångström', 'x'.repeat(64)])('accepts %j', (text) => {
    expect(codeOf(() => checkText('organizationName', text))).toBe('accepted');
  });

  it.each(['', ' a', 'a ', 'a\u0000b', 'a\u202eb', 'a\u200bb', 'a\tb', '\ufeffa', 'x'.repeat(65)])(
    'refuses %j',
    (text) => {
      expect(codeOf(() => checkText('organizationName', text))).toBe('nameInvalid');
    },
  );
});

describe('DNS names', () => {
  it.each(['a.example.com', 'broker', 'xn--bcher-kva.example', '_sip.example.com', 'A.Example.COM'])(
    'accepts %j',
    (value) => {
      expect(codeOf(() => checkSubjectAltNames([{ kind: 'dns', value }], rules))).toBe('accepted');
    },
  );

  it.each([
    ['', 'empty'],
    ['*.example.com', 'wildcard'],
    ['a.*.com', 'wildcard inside'],
    ['localhost', 'localhost'],
    ['x.localhost', 'below localhost'],
    ['10.0.0.1', 'IPv4'],
    ['::1', 'IPv6'],
    ['example.123', 'numeric top label'],
    ['-a.example.com', 'leading hyphen'],
    ['a-.example.com', 'trailing hyphen'],
    ['a..example.com', 'empty label'],
    ['example.com.', 'trailing dot'],
    [`${'a'.repeat(64)}.com`, 'label of 64'],
    [`${'a.'.repeat(127)}com`, 'longer than 253'],
    ['exämple.com', 'not ASCII'],
    ['xn--a.example', 'no valid A-label'],
    ['a b.example', 'blank'],
    ['a\u0000.example', 'NUL'],
  ])('refuses %j (%s)', (value) => {
    expect(codeOf(() => checkSubjectAltNames([{ kind: 'dns', value }], rules))).toBe('nameInvalid');
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
    expect(codeOf(() => checkSubjectAltNames(tooWide, { ...rules, allowWildcard: true }))).toBe('nameInvalid');
  });
});

describe('other subject alternative names', () => {
  it.each([
    [{ kind: 'ip', value: '192.0.2.1' }, 'accepted'],
    [{ kind: 'ip', value: '2001:db8::1' }, 'accepted'],
    [{ kind: 'ip', value: '192.0.2.256' }, 'nameInvalid'],
    [{ kind: 'uri', value: 'urn:dev:1' }, 'accepted'],
    [{ kind: 'uri', value: 'spiffe://plant/line-7' }, 'accepted'],
    [{ kind: 'uri', value: 'no-scheme' }, 'nameInvalid'],
    [{ kind: 'uri', value: 'http://a b' }, 'nameInvalid'],
    [{ kind: 'email', value: 'ops@example.com' }, 'accepted'],
    [{ kind: 'email', value: 'ops@@example.com' }, 'nameInvalid'],
    [{ kind: 'email', value: 'ops@10.0.0.1' }, 'nameInvalid'],
    [{ kind: 'registeredId', oid: '1.2.3' }, 'nameNotAllowed'],
    [{ kind: 'other', der: new Uint8Array([0xa0, 0]) }, 'nameNotAllowed'],
  ] as const)('%j is %s', (name, expected) => {
    expect(codeOf(() => checkSubjectAltNames([name], rules))).toBe(expected);
  });

  it('takes 64 names and not 65', () => {
    const names = Array.from({ length: 65 }, (_, index) => ({ kind: 'dns' as const, value: `n${index}.example` }));
    expect(codeOf(() => checkSubjectAltNames(names.slice(1), rules))).toBe('accepted');
    expect(codeOf(() => checkSubjectAltNames(names, rules))).toBe('nameInvalid');
  });
});
