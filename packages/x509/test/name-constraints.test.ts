/** RFC 5280 §4.2.1.10. */
import { describe, expect, it } from '@jest/globals';
import { fromHex, toHex } from '@touchmark/asn1';
import {
  NameError,
  encodeName,
  extension,
  findNameConstraintViolation,
  parseDistinguishedName,
  parseExtension,
  parseName,
  parseNameConstraints,
} from '../src/index.ts';
import type { GeneralName, Name, NameConstraints, NameSubtree } from '../src/index.ts';

const nameOf = (text: string): Name => parseName(encodeName(text === '' ? [] : parseDistinguishedName(text)));
const directory = (text: string) => ({ kind: 'directoryName', name: nameOf(text) }) as const;
const dns = (value: string) => ({ kind: 'dns', value }) as const;
const uri = (value: string) => ({ kind: 'uri', value }) as const;
const email = (value: string) => ({ kind: 'email', value }) as const;
const ip = (value: string) => ({ kind: 'ip', value }) as const;

function roundTrip(constraints: NameConstraints): NameConstraints {
  return parseNameConstraints(parseExtension(extension.nameConstraints(constraints)).value);
}

describe('nameConstraints', () => {
  it('are critical and come back as they were written', () => {
    const constraints: NameConstraints = {
      permittedSubtrees: [
        dns('example.com'),
        dns(''),
        uri('.example.com'),
        email('example.com'),
        ip('10.0.0.0/8'),
        ip('2001:db8::/32'),
        directory('O=Example,C=DE'),
      ],
      excludedSubtrees: [ip('0.0.0.0/0'), ip('10.1.2.3/32'), dns('internal.example.com')],
    };
    expect(roundTrip(constraints)).toEqual(constraints);
    expect(parseExtension(extension.nameConstraints(constraints)).critical).toBe(true);
  });

  it('have the octets of RFC 5280: implicit tags, no minimum, address and mask', () => {
    const { value } = parseExtension(
      extension.nameConstraints({ permittedSubtrees: [dns('a.de')], excludedSubtrees: [ip('10.0.0.0/8')] }),
    );
    expect(toHex(value)).toBe('3018a00830068204612e6465a10c300a87080a000000ff000000');
  });

  it.each<[string, NameSubtree]>([
    ['a network with bits beyond its prefix', ip('10.1.0.0/8')],
    ['an address', ip('10.0.0.1')],
    ['a prefix longer than the address', ip('10.0.0.0/33')],
    ['a prefix with a leading zero', ip('10.0.0.0/08')],
    ['no ASCII', dns('münchen.de')],
    ['an empty mailbox', email('')],
  ])('with %s cannot be encoded', (_, subtree) => {
    const encode = () => extension.nameConstraints({ permittedSubtrees: [subtree], excludedSubtrees: [] });
    expect(encode).toThrow(NameError);
  });

  it('without a subtree cannot be encoded', () => {
    expect(() => extension.nameConstraints({ permittedSubtrees: [], excludedSubtrees: [] })).toThrow(RangeError);
  });

  it.each([
    ['nothing', '3000'],
    ['empty subtrees', '3002a000'],
    ['a mask with a hole', '300ea00c300a87080a000000ff00ff00'],
    ['a network of seven octets', '300da00b300987070a000000ff0000'],
    ['a minimum', '300da00b30098204612e6465800101'],
    ['a maximum', '300da00b30098204612e6465810101'],
    ['something behind', '300ca00830068204612e64650500'],
    ['subtrees in the wrong order', '3014a10830068204612e6465a00830068204612e6465'],
  ])('with %s are no nameConstraints', (_, hex) => {
    expect(() => parseNameConstraints(fromHex(hex))).toThrow();
  });

  it('of kinds that nobody uses are kept as they are', () => {
    const { permittedSubtrees } = parseNameConstraints(fromHex('3009a007300588032a0304'));
    expect(permittedSubtrees).toEqual([{ kind: 'other', der: fromHex('88032a0304') }]);
  });
});

/** A base, names that lie in it, names that do not. */
const subtrees: readonly [NameSubtree, readonly GeneralName[], readonly GeneralName[]][] = [
  [
    dns('host.example.com'),
    [dns('host.example.com'), dns('my.host.example.com'), dns('HOST.Example.COM'), dns('*.host.example.com')],
    [dns('host1.example.com'), dns('example.com'), dns('xhost.example.com'), dns('*.example.com'), dns('com')],
  ],
  [dns('com'), [dns('com'), dns('a.b.com')], [dns('acom'), dns('a.com.de')]],
  [dns(''), [dns('example.com'), dns('localhost')], []],
  [dns('example.com.'), [dns('example.com'), dns('a.example.com')], [dns('example.org')]],
  [dns('.example.com'), [dns('a.example.com')], [dns('example.com'), dns('aexample.com')]],
  [
    email('root@example.com'),
    [email('root@example.com'), email('root@EXAMPLE.com')],
    [email('admin@example.com'), email('root@a.example.com'), email('Root@example.com')],
  ],
  [email('example.com'), [email('a@example.com'), email('b@Example.Com')], [email('a@b.example.com')]],
  [
    email('.example.com'),
    [email('a@b.example.com'), email('a@c.b.example.com')],
    [email('a@example.com'), email('a@bexample.com')],
  ],
  [
    uri('host.example.com'),
    [
      uri('https://host.example.com'),
      uri('https://HOST.example.com:8443/path?query#part'),
      uri('ldap://user@host.example.com/'),
    ],
    [
      uri('https://a.host.example.com/'),
      uri('https://example.com/'),
      uri('https://host.example.com.evil.org/'),
      uri('https://evil.org/host.example.com'),
      uri('https://host.example.com@evil.org/'),
      // No authority, or an address in it: "the certificate must be rejected".
      uri('urn:dev:mac:0024befffe804ff1'),
      uri('https://10.0.0.1/'),
      uri('https://[2001:db8::1]/'),
      uri('mailto:a@host.example.com'),
    ],
  ],
  [
    uri('.example.com'),
    [uri('https://host.example.com/'), uri('https://my.host.example.com')],
    [uri('https://example.com/')],
  ],
  [
    ip('10.0.0.0/8'),
    [ip('10.0.0.0'), ip('10.255.255.255')],
    [ip('11.0.0.0'), ip('9.255.255.255'), ip('::ffff:10.0.0.1'), ip('2001:db8::1')],
  ],
  [ip('192.0.2.4/30'), [ip('192.0.2.4'), ip('192.0.2.7')], [ip('192.0.2.3'), ip('192.0.2.8')]],
  [ip('192.0.2.1/32'), [ip('192.0.2.1')], [ip('192.0.2.2')]],
  [ip('0.0.0.0/0'), [ip('1.2.3.4')], [ip('2001:db8::1')]],
  [ip('2001:db8::/33'), [ip('2001:db8:7fff::1')], [ip('2001:db8:8000::1'), ip('10.0.0.1')]],
  [
    directory('O=Example,C=DE'),
    [directory('O=Example,C=DE'), directory('CN=a,OU=b,O=Example,C=DE')],
    [
      directory('CN=a,O=Other,C=DE'),
      directory('C=DE'),
      directory('CN=a,C=DE,O=Example'),
      directory('O=Example\\ Inc,C=DE'),
    ],
  ],
];

const table = subtrees.flatMap(([base, within, outside]) =>
  [...within.map((name) => ({ base, name, lies: true })), ...outside.map((name) => ({ base, name, lies: false }))].map(
    (row) => [`${textOf(row.name)} ${row.lies ? 'in' : 'not in'} ${textOf(row.base)}`, row] as const,
  ),
);

function textOf(name: GeneralName | NameSubtree): string {
  if (name.kind === 'directoryName')
    return `directoryName ${name.name.rdns
      .flat()
      .map(({ value }) => value)
      .join('/')}`;
  return 'value' in name ? `${name.kind} "${name.value}"` : name.kind;
}

function namesOf(name: GeneralName) {
  return name.kind === 'directoryName'
    ? { subject: name.name, subjectAltNames: [] }
    : { subject: nameOf(''), subjectAltNames: [name] };
}

/** What is refused either way, because a relying party may think so. */
const uncertain = new Set([
  'dns "*.example.com" not in dns "host.example.com"',
  'dns "example.com" not in dns ".example.com"',
  'email "Root@example.com" not in email "root@example.com"',
  ...['urn:dev:mac:0024befffe804ff1', 'https://10.0.0.1/', 'https://[2001:db8::1]/', 'mailto:a@host.example.com'].map(
    (value) => `uri "${value}" not in uri "host.example.com"`,
  ),
]);

describe('a name', () => {
  it.each(table)('%s', (_, { base, name, lies }) => {
    const permitted = { permittedSubtrees: [base], excludedSubtrees: [] };
    const expected = lies ? undefined : { name, excludedBy: undefined };
    expect(findNameConstraintViolation(permitted, namesOf(name))).toEqual(expected);
  });

  it.each(table)('%s, where that is excluded', (title, { base, name, lies }) => {
    const excluded = { permittedSubtrees: [], excludedSubtrees: [base] };
    const expected = lies || uncertain.has(title) ? { name, excludedBy: base } : undefined;
    expect(findNameConstraintViolation(excluded, namesOf(name))).toEqual(expected);
  });
});

describe('a certificate', () => {
  const names = {
    subject: nameOf('CN=pump-1,O=Example,C=DE'),
    subjectAltNames: [dns('a.example.com'), ip('10.1.2.3')],
  };
  it.each<[string, Partial<NameConstraints>, GeneralName | undefined]>([
    ['every kind within its subtree', { permittedSubtrees: [dns('example.com'), ip('10.0.0.0/8')] }, undefined],
    ['one of several subtrees of a kind', { permittedSubtrees: [dns('b.de'), dns('example.com')] }, undefined],
    ['a kind without a subtree', { permittedSubtrees: [email('example.com'), uri('a.de')] }, undefined],
    ['one name outside', { permittedSubtrees: [dns('example.com'), ip('10.2.0.0/16')] }, ip('10.1.2.3')],
    [
      'the subject outside',
      { permittedSubtrees: [directory('O=Other')] },
      { kind: 'directoryName', name: nameOf('CN=pump-1,O=Example,C=DE') },
    ],
    [
      'excluded beats permitted',
      { permittedSubtrees: [dns('example.com')], excludedSubtrees: [dns('a.example.com')] },
      dns('a.example.com'),
    ],
    [
      'an excluded name in other letters',
      { excludedSubtrees: [directory('O=EXAMPLE,C=de')] },
      { kind: 'directoryName', name: nameOf('CN=pump-1,O=Example,C=DE') },
    ],
    [
      'a permitted name in other letters',
      { permittedSubtrees: [directory('O=EXAMPLE,C=DE')] },
      { kind: 'directoryName', name: nameOf('CN=pump-1,O=Example,C=DE') },
    ],
    ['the whole of IPv4', { excludedSubtrees: [ip('0.0.0.0/0')] }, ip('10.1.2.3')],
  ])('%s', (_, constraints, name) => {
    const all = { permittedSubtrees: [], excludedSubtrees: [], ...constraints };
    expect(findNameConstraintViolation(all, names)?.name).toEqual(name);
  });

  it('the emailAddress of a subject is constrained unless there is an e-mail alternative name', () => {
    const constraints = { permittedSubtrees: [email('example.com')], excludedSubtrees: [] };
    const subject = nameOf('emailAddress=a@evil.org,CN=a');
    expect(findNameConstraintViolation(constraints, { subject, subjectAltNames: [] })?.name).toEqual(
      email('a@evil.org'),
    );
    expect(
      findNameConstraintViolation(constraints, { subject, subjectAltNames: [email('a@example.com')] }),
    ).toBeUndefined();
  });

  it('with an empty subject is not asked for a permitted one', () => {
    const constraints = { permittedSubtrees: [directory('O=Example')], excludedSubtrees: [] };
    expect(
      findNameConstraintViolation(constraints, { subject: nameOf(''), subjectAltNames: [dns('a.de')] }),
    ).toBeUndefined();
  });

  it('a kind of name without a rule is let through by no constraint on its kind', () => {
    const name: GeneralName = { kind: 'registeredId', oid: '1.2.3' };
    const base: NameSubtree = { kind: 'other', der: fromHex('88022a03') };
    for (const constraints of [
      { permittedSubtrees: [base], excludedSubtrees: [] },
      { permittedSubtrees: [], excludedSubtrees: [base] },
    ]) {
      expect(findNameConstraintViolation(constraints, namesOf(name))?.name).toEqual(name);
      expect(findNameConstraintViolation(constraints, namesOf(dns('a.de')))).toBeUndefined();
    }
  });
});
