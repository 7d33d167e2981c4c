import { describe, expect, it } from '@jest/globals';
import { checkProfile, parseProfile } from '../src/check-profile.ts';
import { CaError } from '../src/errors.ts';
import { profileJsonSchema } from '../src/profile/json-schema.ts';
import { readyProfiles } from '../src/ready-profiles.ts';

const good = {
  subject: [{ attribute: 'commonName', value: '{device.id}' }],
  keyAlgorithms: ['ec-p256'],
  extendedKeyUsage: ['clientAuth'],
  validity: { duration: '1y' },
};

const pointersOf = (input: unknown): string[] => {
  const verdict = checkProfile(input);
  return verdict.kind === 'good' ? [] : verdict.problems.map(({ pointer }) => pointer);
};

const own = { oid: '1.3.6.1.4.1.32473.1', encoding: 'utf8String', value: '{device.segment}' };
const withName = (fixed: object) => ({ ...good, subjectAltName: { fixed: [fixed] } });
const fromRequest = (...entries: unknown[]) => ({ ...good, subjectAltName: { fromRequest: entries } });

describe('a bad profile is refused when it is written, and told where', () => {
  it.each<[string, unknown, string[]]>([
    ['no object', 'device', ['']],
    ['nothing of what is needed', {}, ['/subject', '/keyAlgorithms', '/extendedKeyUsage', '/validity']],
    [
      'several mistakes at once',
      { ...good, subject: [{}], keyAlgorithms: ['dsa'] },
      ['/subject/0/attribute', '/subject/0/value', '/keyAlgorithms/0'],
    ],
    ['a misspelt member', { ...good, validty: {} }, ['/validty']],
    ['a member whose name needs escaping', { ...good, 'a/b~c': 1 }, ['/a~1b~0c']],

    // templates
    [
      'a field that is not declared',
      { ...good, subject: [{ attribute: 'commonName', value: '{device.serial}' }] },
      ['/subject/0/value'],
    ],
    [
      'a source that does not exist',
      { ...good, subject: [{ attribute: 'commonName', value: '{request.password}' }] },
      ['/subject/0/value'],
    ],
    [
      'a brace that is not closed',
      { ...good, subject: [{ attribute: 'commonName', value: '{device.id' }] },
      ['/subject/0/value'],
    ],
    ['a field with the name of a property', { ...good, deviceFields: ['role'] }, ['/deviceFields/0']],
    [
      'a registered field that is not declared',
      fromRequest({ kind: 'dns', allow: { registered: ['hosts'] } }),
      ['/subjectAltName/fromRequest/0/allow/registered/0'],
    ],
    [
      'an extension of a field that is not declared',
      { ...good, extensions: [{ ...own, value: '{device.x}' }] },
      ['/extensions/0/value'],
    ],

    // names
    [
      'a country of more than two letters',
      { ...good, subject: [{ attribute: 'countryName', value: 'Germany' }] },
      ['/subject/0/value'],
    ],
    [
      'a serialNumber outside PrintableString',
      { ...good, subject: [{ attribute: 'serialNumber', value: 'a_{device.id}' }] },
      ['/subject/0/value'],
    ],
    ['a URI that is none', withName({ kind: 'uri', value: 'role {device.role}' }), ['/subjectAltName/fixed/0/value']],
    [
      'a DNS name that is none',
      withName({ kind: 'dns', value: '{device.role}..example.com' }),
      ['/subjectAltName/fixed/0/value'],
    ],
    ['a wildcard without leave', withName({ kind: 'dns', value: '*.example.com' }), ['/subjectAltName/fixed/0/value']],
    [
      'an e-mail address in the subject',
      { ...good, subject: [{ attribute: 'emailAddress', value: 'a@example.com' }] },
      ['/subject/0/attribute'],
    ],
    ['an attribute twice', { ...good, subject: [...good.subject, ...good.subject] }, ['/subject/1/attribute']],
    ['no name at all', { ...good, subject: [] }, ['/subject']],
    [
      'a name that is required and never there',
      { ...good, subjectAltName: { required: true } },
      ['/subjectAltName/required'],
    ],
    [
      'a commonName of a server that is none of its names',
      {
        ...good,
        extendedKeyUsage: ['serverAuth'],
        subjectAltName: { fixed: [{ kind: 'dns', value: 'a.example.com' }] },
      },
      [''],
    ],

    // what is let through
    ['a kind of name that is none', fromRequest('upn'), ['/subjectAltName/fromRequest/0']],
    ['allowing without saying what', fromRequest({ kind: 'dns', allow: {} }), ['/subjectAltName/fromRequest/0/allow']],
    [
      'a network that is none',
      fromRequest({ kind: 'ip', allow: { networks: ['10.0.0.0/33'] } }),
      ['/subjectAltName/fromRequest/0/allow/networks/0'],
    ],
    [
      'networks for DNS names',
      fromRequest({ kind: 'dns', allow: { networks: ['10.0.0.0/8'] } }),
      ['/subjectAltName/fromRequest/0/allow/networks'],
    ],
    [
      'a pattern for addresses',
      fromRequest({ kind: 'ip', allow: { patterns: ['10.*'] } }),
      ['/subjectAltName/fromRequest/0/allow/patterns'],
    ],
    [
      'a pattern that ends in the middle',
      fromRequest({ kind: 'dns', allow: { patterns: ['a\\'] } }),
      ['/subjectAltName/fromRequest/0/allow/patterns/0'],
    ],
    [
      'a pattern that only bad names match',
      fromRequest({ kind: 'dns', allow: { patterns: ['-*.example.com'] } }),
      [''],
    ],
    [
      'a limit where nothing comes from a request',
      {
        ...good,
        subject: [{ attribute: 'commonName', value: '{device.id}', allow: { patterns: ['a*'] } }],
      },
      ['/subject/0/allow'],
    ],

    // keys and purposes
    ['a key algorithm twice', { ...good, keyAlgorithms: ['ec-p256', 'ec-p256'] }, ['/keyAlgorithms/1']],
    ['encryption with an EC key', { ...good, keyUsage: ['digitalSignature', 'keyEncipherment'] }, ['/keyUsage']],
    [
      'agreement with an RSA key',
      { ...good, keyAlgorithms: ['rsa-2048'], keyUsage: { rsa: ['digitalSignature', 'keyAgreement'] } },
      ['/keyUsage/rsa'],
    ],
    [
      'agreement with an ML-DSA key',
      { ...good, keyAlgorithms: ['ml-dsa-65'], keyUsage: ['digitalSignature', 'keyAgreement'] },
      ['/keyUsage'],
    ],
    ['usages of a kind that is not allowed', { ...good, keyUsage: { rsa: ['digitalSignature'] } }, ['/keyUsage/rsa']],
    ['a usage of authorities', { ...good, keyUsage: ['keyCertSign'] }, ['/keyUsage/0']],
    ['encipherOnly alone', { ...good, keyUsage: ['digitalSignature', 'encipherOnly'] }, ['/keyUsage']],
    ['a purpose without the usage for it', { ...good, keyUsage: ['nonRepudiation'] }, ['/extendedKeyUsage/0']],
    [
      'a purpose twice, by name and by OID',
      { ...good, extendedKeyUsage: ['clientAuth', '1.3.6.1.5.5.7.3.2'] },
      ['/extendedKeyUsage/1'],
    ],
    ['any purpose', { ...good, extendedKeyUsage: ['2.5.29.37.0'] }, ['/extendedKeyUsage/0']],
    ['OCSP signing for somebody else', { ...good, extendedKeyUsage: ['1.3.6.1.5.5.7.3.9'] }, ['/extendedKeyUsage/0']],
    [
      'time-stamping beside another purpose',
      { ...good, extendedKeyUsage: ['timeStamping', 'clientAuth'], extendedKeyUsageCritical: true },
      ['/extendedKeyUsage/0'],
    ],
    ['nocheck without OCSP signing', { ...good, ocspNoCheck: true }, ['/ocspNoCheck']],
    ['a purpose that is no OID', { ...good, extendedKeyUsage: ['3.1.2'] }, ['/extendedKeyUsage/0']],

    // extensions and policies
    ...[
      '2.5.29.19',
      '2.5.29.15',
      '2.5.29.17',
      '2.5.29.30',
      '1.3.6.1.5.5.7.1.1',
      '1.3.6.1.5.5.7.48.1.5',
      '1.3.6.1.5.5.7.1.14',
      '1.3.6.1.4.1.11129.2.4.3',
    ].map((oid): [string, unknown, string[]] => [
      `the extension ${oid} of the authority`,
      { ...good, extensions: [{ oid, encoding: 'der', value: '0500' }] },
      ['/extensions/0/oid'],
    ]),
    ['an extension twice', { ...good, extensions: [own, own] }, ['/extensions/1']],
    [
      'DER that is none',
      { ...good, extensions: [{ ...own, encoding: 'der', value: '0c05' }] },
      ['/extensions/0/value'],
    ],
    [
      'DER with something behind it',
      { ...good, extensions: [{ ...own, encoding: 'der', value: '050000' }] },
      ['/extensions/0/value'],
    ],
    [
      'DER that is not hexadecimal',
      { ...good, extensions: [{ ...own, encoding: 'der', value: 'BQA=' }] },
      ['/extensions/0/value'],
    ],
    [
      'text outside its string type',
      { ...good, extensions: [{ ...own, encoding: 'printableString', value: 'a_b' }] },
      ['/extensions/0/value'],
    ],
    [
      'a policy twice',
      { ...good, certificatePolicies: [{ oid: '1.2.3' }, { oid: '1.2.3' }] },
      ['/certificatePolicies/1'],
    ],
    [
      'a CPS that is no URI',
      { ...good, certificatePolicies: [{ oid: '1.2.3', cps: 'our rules' }] },
      ['/certificatePolicies/0/cps'],
    ],

    // validity and renewal
    ['no validity', { ...good, validity: {} }, ['/validity/duration']],
    ['a validity that is said twice', { ...good, validity: { duration: '1y', seconds: 5000 } }, ['/validity/duration']],
    ['a validity in months', { ...good, validity: { duration: '6M' } }, ['/validity/duration']],
    ['a validity of 21 years', { ...good, validity: { duration: '21y' } }, ['/validity/duration']],
    ['a notBefore of two days ago', { ...good, validity: { duration: '1y', backdate: '2d' } }, ['/validity/backdate']],
    ['a target before the window opens', { ...good, renewal: { targetPercent: 50 } }, ['/renewal/targetPercent']],
    ['a jitter beyond expiry', { ...good, renewal: { targetPercent: 95 } }, ['/renewal/jitterPercent']],
    ['neither renewal nor rekey', { ...good, renewal: { sameKey: false, rekey: false } }, ['/renewal/rekey']],
    ['a grace of ten years', { ...good, renewal: { grace: '10y' } }, ['/renewal/grace']],
    [
      'an age of keys that are never renewed',
      { ...good, renewal: { sameKey: false, maxKeyAge: '2y' } },
      ['/renewal/maxKeyAge'],
    ],
    [
      'older certificates that stay for two years',
      { ...good, renewal: { oldCertificate: 'revokeWhenNewSeen', oldCertificateDelay: '2y' } },
      ['/renewal/oldCertificateDelay'],
    ],
    [
      'a delay that is said twice',
      { ...good, renewal: { oldCertificateDelay: '1d', oldCertificateDelaySeconds: 5 } },
      ['/renewal/oldCertificateDelay'],
    ],
    [
      'another fate of older certificates',
      { ...good, renewal: { oldCertificate: 'burn' } },
      ['/renewal/oldCertificate'],
    ],
    ['no certificate at all', { ...good, maxActiveCertificates: 0 }, ['/maxActiveCertificates']],
    ['a limit for the service', { ...good, service: true, maxActiveCertificates: 1 }, ['/maxActiveCertificates']],
  ])('%s', (_name, input, pointers) => {
    expect(pointersOf(input)).toEqual(pointers);
  });

  it('all of it in one refusal with the code profileInvalid', () => {
    const refusal = (() => {
      try {
        parseProfile({ ...good, renewal: { sameKey: false, rekey: false }, ocspNoCheck: true });
        return undefined;
      } catch (error) {
        return error;
      }
    })();
    expect(refusal).toBeInstanceOf(CaError);
    expect(refusal).toMatchObject({ code: 'profileInvalid' });
    expect((refusal as CaError).message).toMatch(/\/ocspNoCheck: .*\n\/renewal\/rekey: /);
  });
});

describe('a good profile is accepted', () => {
  it.each<[string, object]>([
    ['as it is', {}],
    [
      'with every kind of variable',
      {
        deviceFields: ['site'],
        subject: [
          { attribute: 'commonName', value: '{device.id}' },
          { attribute: 'organizationName', value: '{device.site} of {request.organizationName}', required: false },
          { attribute: 'organizationalUnitName', value: '{device.segment}' },
          { attribute: 'organizationalUnitName', value: '{device.role}' },
        ],
      },
    ],
    [
      'with lists, patterns, fields and networks',
      {
        deviceFields: ['hosts'],
        subjectAltName: {
          fromRequest: [
            {
              kind: 'dns',
              allow: {
                values: ['{device.id}.example.com'],
                patterns: ['pump-####.*.example.com'],
                registered: ['hosts'],
              },
            },
            { kind: 'ip', allow: { networks: ['192.0.2.0/24', '2001:db8::/32'] } },
            'email',
          ],
        },
      },
    ],
    [
      'with critical extensions of its own',
      {
        extensions: [
          { ...own, critical: true },
          { oid: '1.3.6.1.5.5.7.1.24', encoding: 'der', value: '30 03 02 01 05' },
        ],
      },
    ],
    [
      'with policies',
      {
        certificatePolicies: [
          { oid: '1.3.6.1.4.1.32473.9', cps: 'https://pki.example.com/cps', userNotice: 'Für Geräte' },
        ],
      },
    ],
    [
      'for every key algorithm',
      {
        keyAlgorithms: [
          'ec-p256',
          'ec-p384',
          'ec-p521',
          'rsa-2048',
          'rsa-3072',
          'rsa-4096',
          'ed25519',
          'ml-dsa-44',
          'ml-dsa-65',
          'ml-dsa-87',
        ],
      },
    ],
    ['for time-stamping', { extendedKeyUsage: ['timeStamping'], extendedKeyUsageCritical: true }],
    ['without the extension basicConstraints', { basicConstraints: 'absent' }],
    ['with a purpose of the operator', { extendedKeyUsage: ['1.3.6.1.4.1.32473.3.1', 'clientAuth'] }],
  ])('%s', (_name, changes) => {
    expect(pointersOf({ ...good, ...changes })).toEqual([]);
  });

  it.each(Object.entries(readyProfiles))('the ready profile %s, also as it is stored', (_name, rules) => {
    expect(checkProfile(JSON.parse(JSON.stringify(rules)))).toEqual({ kind: 'good', rules });
  });
});

describe('the JSON Schema', () => {
  it('names every member of the language, and allows no others', () => {
    const schema = profileJsonSchema() as { properties: object; additionalProperties: boolean; required: string[] };
    expect(Object.keys(schema.properties).toSorted()).toEqual(
      Object.keys(readyProfiles.device!)
        .concat(['commonNameIsHostName', 'keyUsage', 'maxActiveCertificates'])
        .toSorted(),
    );
    expect(schema.additionalProperties).toBe(false);
    expect(schema.required).toEqual(['subject', 'keyAlgorithms', 'extendedKeyUsage', 'validity']);
  });
});

it('names what can be chosen, as it is written', () => {
  expect(checkProfile({ ...good, basicConstraints: 'yes' })).toEqual({
    kind: 'bad',
    problems: [{ pointer: '/basicConstraints', message: 'must be one of present, critical, absent' }],
  });
});

it.each([
  ['a value', { ...good, basicConstraints: 'critcal' }, 'critical'],
  ['a value in a list', { ...good, keyAlgorithms: ['ec-p256', 'ecp384'] }, 'ec-p384'],
  ['a variable', { ...good, subject: [{ attribute: 'commonName', value: '{devise.id}' }] }, 'device.id'],
  [
    'an attribute',
    { ...good, subject: [{ attribute: 'commonName', value: '{request.comonName}' }] },
    'request.commonName',
  ],
  [
    'a declared field',
    { ...good, deviceFields: ['line'], subject: [{ attribute: 'commonName', value: '{device.lines}' }] },
    'line',
  ],
])('asks whether something else was meant by a misspelt %s', (_, input, meant) => {
  const verdict = checkProfile(input);
  expect(verdict.kind === 'bad' && verdict.problems.map(({ message }) => message)).toEqual([
    expect.stringMatching(new RegExp(`\\. Did you mean "${meant}"\\?$`)),
  ]);
});
