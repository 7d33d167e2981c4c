/** The names that a certificate would have, and the extensions that a request asks for. */
import { der, fromHex, rfc6402, tag } from '@touchmark/asn1';
import type { CaErrorCode } from '@touchmark/ca';
import { encodeExtension, encodeGeneralNames, encodeName, extension } from '@touchmark/x509';
import type { GeneralName } from '@touchmark/x509';
import { attribute, craftRequest, extensionRequest } from '../../support/crafted-request.ts';
import { createWorld } from '../../support/enrollment-world.ts';
import type { WorldOptions } from '../../support/enrollment-world.ts';
import { enrolling } from './case.ts';
import type { RefusalCase } from './case.ts';

const san = '2.5.29.17';
/** Lets every kind of name through, so that the name policy is what refuses. */
const open: WorldOptions['rules'] = {
  subjectAltName: {
    fixed: [],
    fromRequest: ['dns', 'ip', 'uri', 'email'],
    required: false,
    allowWildcard: false,
    allowLocalhost: false,
  },
};

const asking = (...names: readonly GeneralName[]): Promise<Uint8Array> =>
  craftRequest({ attributes: [extensionRequest(encodeExtension(san, false, encodeGeneralNames(names)))] });
const ofName = (code: CaErrorCode, kind: 'dns' | 'ip' | 'uri' | 'email', value: string): RefusalCase =>
  enrolling(
    code,
    `${kind} ${JSON.stringify(value.slice(0, 40))}`,
    /cannot be certified: /,
    () => asking({ kind, value }),
    {
      rules: open,
    },
  );
/** Asked by an administrator, whose JSON can hold what a request in DER cannot. */
const asked = (
  code: CaErrorCode,
  name: string,
  says: RegExp,
  fields: { readonly commonName?: string; readonly subjectAltNames?: readonly GeneralName[] },
  rules: WorldOptions['rules'] = open,
): RefusalCase => ({
  code,
  name,
  says,
  provoke: async () =>
    (await createWorld({ rules })).issueForPrincipal({
      requestDer: await craftRequest(),
      deviceId: 'device-0042',
      ...fields,
    }),
});
const ofText = (code: CaErrorCode, name: string, commonName: string): RefusalCase =>
  asked(
    code,
    name,
    /commonName/,
    { commonName },
    { subject: [{ attribute: 'commonName', value: '{request.commonName}' }] },
  );

const withSan = (value: Uint8Array): Promise<Uint8Array> =>
  craftRequest({ attributes: [extensionRequest(encodeExtension(san, false, value))] });
const withExtensions = (...extensionsDer: readonly Uint8Array[]): Promise<Uint8Array> =>
  craftRequest({ attributes: [extensionRequest(...extensionsDer)] });
const ofExtension = (
  code: CaErrorCode,
  name: string,
  says: RegExp,
  ...extensionsDer: readonly Uint8Array[]
): RefusalCase =>
  enrolling(code, name, says, () => withExtensions(...extensionsDer), { rules: { extensionsOfAuthorities: 'refuse' } });
const commonName = (valueDer: Uint8Array): Uint8Array => der.sequence(der.oid('2.5.4.3'), valueDer);

const notText = [
  { name: 'an OCTET STRING', oid: '2.5.4.3', descriptor: 'CN', valueDer: der.octetString(Buffer.from('device-1')) },
  { name: 'a NULL', oid: '2.5.4.10', descriptor: 'O', valueDer: der.null() },
  { name: 'a SEQUENCE', oid: '2.5.4.11', descriptor: 'OU', valueDer: der.sequence(der.utf8String('a')) },
  { name: 'a time', oid: '2.5.4.5', descriptor: 'serialNumber', valueDer: der.time(new Date('2026-01-01T00:00:00Z')) },
];

export const nameCases: readonly RefusalCase[] = [
  enrolling('subjectMalformed', 'a subject that is no Name', /expected SET/, () =>
    craftRequest({ subject: der.sequence(der.null()) }),
  ),
  enrolling('subjectCharacterInvalid', '"@" in a PrintableString', /0x40/, () =>
    craftRequest({ subject: der.sequence(der.set(commonName(der.tlv(tag.printableString, Buffer.from('a@b'))))) }),
  ),
  enrolling('subjectNotSorted', 'a SET out of order', /not in order/, () =>
    craftRequest({
      subject: der.sequence(
        der.tlv(tag.set, der.sequence(der.oid('2.5.4.10'), der.utf8String('b')), commonName(der.utf8String('a'))),
      ),
    }),
  ),
  ...notText.map(({ name, oid, descriptor, valueDer }) =>
    enrolling('subjectValueNotText', name, new RegExp(`value of ${descriptor} in the subject is `), () =>
      craftRequest({ subject: der.sequence(der.set(der.sequence(der.oid(oid), valueDer))) }),
    ),
  ),
  enrolling('subjectAltNameMalformed', 'a name of a tag that there is not', /no GeneralName/, () =>
    withSan(der.sequence(der.utf8String('a'))),
  ),
  enrolling('subjectAltNameEmpty', 'no name', /no GeneralName/, () => withSan(der.sequence())),
  enrolling('subjectAltNameCharacterInvalid', 'UTF-8 in a dNSName', /0xc3/, () =>
    withSan(der.sequence(der.implicit(2, Buffer.from('bücher.example')))),
  ),
  enrolling('ipAddressLengthInvalid', 'an address with a mask', /8 octets/, () =>
    withSan(der.sequence(der.implicit(7, fromHex('c0000200ffffff00')))),
  ),
  enrolling(
    'nameEmpty',
    'an empty dNSName',
    /it is empty/,
    () => withSan(der.sequence(der.implicit(2, new Uint8Array()))),
    {
      rules: open,
    },
  ),
  ofName('nameHasNul', 'dns', 'bank.example\0.evil.example'),
  ofName('nameHasControlCharacter', 'uri', 'urn:x:a\nb'),
  ofText('nameHasBidiCharacter', 'a right-to-left override', 'a\u202eb'),
  ofText('nameHasInvisibleCharacter', 'a zero-width space', 'a\u200bb'),
  ofText('nameBlankAtEdge', 'a blank at the end', 'a '),
  ofText('nameTooLong', '65 characters', 'x'.repeat(65)),
  enrolling(
    'nameInvalid',
    '"_" in a serialNumber',
    /PrintableString/,
    () => craftRequest({ subject: encodeName([{ attribute: 'commonName', value: 'a_b' }]) }),
    {
      rules: { subject: [{ attribute: 'serialNumber', value: '{device.id}' }] },
    },
  ),
  asked('dnsNameNotAscii', 'a name in Unicode', /cannot be certified/, {
    subjectAltNames: [{ kind: 'dns', value: 'bücher.example' }],
  }),
  ofName('dnsNameIsIpAddress', 'dns', '192.0.2.7'),
  ofName('dnsNameTooLong', 'dns', `${'a.'.repeat(127)}com`),
  ofName('dnsNameEndsWithDot', 'dns', 'example.com.'),
  ofName('dnsNameLabelEmpty', 'dns', 'a..example.com'),
  ofName('dnsNameLabelTooLong', 'dns', `${'a'.repeat(64)}.example`),
  ofName('dnsNameCharacterNotAllowed', 'dns', 'example.com:443'),
  ofName('dnsNameUnderscore', 'dns', '_sip.example.com'),
  ofName('dnsNameHyphenAtEdge', 'dns', '-a.example.com'),
  ofName('dnsNameLabelReserved', 'dns', 'ab--cd.example'),
  ofName('dnsNamePunycodeInvalid', 'dns', 'xn--99999999999.example'),
  ofName('dnsNameIdnNotAllowed', 'dns', 'xn--n3h.example'),
  ofName('dnsNameNumeric', 'dns', '0x7f000001'),
  ofName('localhostNotAllowed', 'dns', 'localhost'),
  ofName('localhostNotAllowed', 'ip', '127.0.0.1'),
  ofName('wildcardNotAllowed', 'dns', '*.example.com'),
  ofName('wildcardMisplaced', 'dns', 'a.*.example.com'),
  enrolling('wildcardTooBroad', '*.com', /fewer than two labels/, () => asking({ kind: 'dns', value: '*.com' }), {
    rules: {
      subjectAltName: { fixed: [], fromRequest: ['dns'], required: false, allowWildcard: true, allowLocalhost: false },
    },
  }),
  asked('ipAddressMalformed', 'an address with a mask', /neither IPv4/, {
    subjectAltNames: [{ kind: 'ip', value: '192.0.2.0/24' }],
  }),
  ofName('ipAddressMapped', 'ip', '::ffff:192.0.2.1'),
  ofName('ipAddressUnspecified', 'ip', '0.0.0.0'),
  ofName('ipAddressMulticast', 'ip', 'ff02::1'),
  ofName('ipAddressBroadcast', 'ip', '255.255.255.255'),
  ofName('uriNotAscii', 'uri', 'urn:x:a b'),
  ofName('uriRelative', 'uri', '/line/7'),
  ofName('uriMalformed', 'uri', 'urn:x:%zz'),
  ofName('uriSchemeNotAllowed', 'uri', 'javascript:alert(1)'),
  ofName('uriHasUserInfo', 'uri', 'https://user:secret@example.com/'),
  ofName('uriHostMissing', 'uri', 'spiffe:///line-7'),
  ofName('emailNotAscii', 'email', 'Ops <ops@example.com>'),
  ofName('emailMalformed', 'email', 'ops@@example.com'),
  ofName('emailLocalPartInvalid', 'email', 'a..b@example.com'),
  enrolling(
    'subjectAltNamesTooMany',
    '65 names',
    /65 subject/,
    () => asking(...Array.from({ length: 65 }, (_, index) => ({ kind: 'dns' as const, value: `n${index}.example` }))),
    { rules: open },
  ),
  ofName('subjectAltNameTooLong', 'uri', `urn:x:${'a'.repeat(250)}`),
  asked(
    'nameNotAllowed',
    'a kind that the profile does not take',
    /lets no dns/,
    { subjectAltNames: [{ kind: 'dns', value: 'a.example' }] },
    {},
  ),
  asked('commonNameNotTaken', 'a commonName beside the registered one', /takes no commonName/, { commonName: 'x' }),
  enrolling('subjectAltNameRequired', 'no name where one is needed', /needs a subject/, () => craftRequest(), {
    rules: {
      subjectAltName: { fixed: [], fromRequest: ['dns'], required: true, allowWildcard: false, allowLocalhost: false },
    },
  }),
  enrolling(
    'commonNameNotInSubjectAltName',
    'a server that is not among its names',
    /server certificate/,
    () => asking({ kind: 'dns', value: 'a.example.com' }),
    { rules: { ...open, extendedKeyUsage: ['serverAuth'] } },
  ),
  enrolling('nameNothingLeft', 'a profile that takes nothing', /Neither a subject/, () => craftRequest(), {
    rules: { subject: [] },
  }),
];

export const extensionCases: readonly RefusalCase[] = [
  enrolling('extensionRequestMalformed', 'an extension that is none', /expected SEQUENCE/, () =>
    withExtensions(der.null()),
  ),
  ofExtension(
    'extensionRepeated',
    'keyUsage twice',
    /there twice/,
    extension.keyUsage(['digitalSignature']),
    extension.keyUsage(['digitalSignature']),
  ),
  ofExtension(
    'extensionCriticalFalse',
    'critical FALSE, written out',
    /critical is written/,
    der.sequence(der.oid('2.5.29.15'), der.boolean(false), der.octetString(fromHex('03020780'))),
  ),
  ofExtension(
    'extensionValueMalformed',
    'a keyUsage that is none',
    /keyUsage/,
    encodeExtension('2.5.29.15', true, der.null()),
  ),
  enrolling('extensionsTooMany', '33 extensions', /33 extensions/, () =>
    withExtensions(...Array.from({ length: 33 }, (_, index) => encodeExtension(`1.2.3.${index}`, false, der.null()))),
  ),
  ofExtension('extensionAsksForAuthority', 'CA:TRUE', /cA TRUE/, extension.basicConstraints({ cA: true })),
  ofExtension('extensionAsksForCertSign', 'keyCertSign', /keyCertSign/, extension.keyUsage(['keyCertSign'])),
  ofExtension('extensionAsksForCrlSign', 'cRLSign', /cRLSign/, extension.keyUsage(['cRLSign'])),
  ofExtension(
    'extensionAsksForAnyPurpose',
    'anyExtendedKeyUsage',
    /anyExtendedKeyUsage/,
    extension.extendedKeyUsage(['2.5.29.37.0']),
  ),
  ofExtension(
    'extensionAsksForOcspSigning',
    'OCSPSigning',
    /OCSPSigning/,
    extension.extendedKeyUsage(['1.3.6.1.5.5.7.3.9']),
  ),
  ofExtension('extensionAsksForRegistration', 'cmcRA', /cmcRA/, extension.extendedKeyUsage([rfc6402['id-kp-cmcRA']])),
  ofExtension('extensionAsksForNoCheck', 'ocsp-nocheck', /ocsp-nocheck/, extension.ocspNoCheck()),
  ofExtension(
    'extensionNameConstraints',
    'name constraints',
    /nameConstraints/,
    encodeExtension('2.5.29.30', true, der.sequence()),
  ),
  ofExtension(
    'extensionPolicyControl',
    'policy constraints',
    /policyConstraints/,
    encodeExtension('2.5.29.36', true, der.sequence()),
  ),
  ofExtension(
    'extensionPolicyControl',
    'inhibitAnyPolicy',
    /inhibitAnyPolicy/,
    encodeExtension('2.5.29.54', true, der.integer(0)),
  ),
  ofExtension(
    'extensionCriticalUnknown',
    'a critical extension of somebody',
    /1\.2\.3\.4/,
    encodeExtension('1.2.3.4', true, der.null()),
  ),
];

/** For the cases of renewal. */
export const changeSubjectName = attribute(rfc6402['id-cmc-changeSubjectName'], der.sequence());
