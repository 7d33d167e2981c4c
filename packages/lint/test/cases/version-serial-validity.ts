/** The first fields of TBSCertificate, and its times. */
import { der, fromHex, tag } from '@touchmark/asn1';
import { ascii, extension } from '../support/parts.ts';
import { ca, leaf, including, root, tbsCertificate } from '../support/tbs-certificate.ts';
import type { LintCases } from '../support/verdict.ts';

const utc = (text: string): Uint8Array => der.tlv(tag.utcTime, ascii(text));
const generalized = (text: string): Uint8Array => der.tlv(tag.generalizedTime, ascii(text));
const serial = (hex: string): Uint8Array => tbsCertificate(leaf, { serialNumber: der.integerBytes(fromHex(hex)) });

export const versionSerialValidityCases: LintCases = {
  'version-3-with-extensions': {
    fails: {
      'extensions and no version': tbsCertificate(leaf, { version: undefined }),
      'extensions and v2': tbsCertificate(leaf, { version: der.explicit(0, der.integer(1)) }),
      'the default v1, written out': tbsCertificate(root, {
        version: der.explicit(0, der.integer(0)),
        extensions: undefined,
      }),
    },
    passes: {
      'extensions and v3': tbsCertificate(leaf),
      'v1 without extensions': tbsCertificate(root, { version: undefined, extensions: undefined }),
    },
  },
  'serial-number-positive': {
    fails: { zero: serial('00'), 'minus one': serial('ff'), 'a first octet of 80': serial('8001') },
    passes: { one: serial('01'), 'a leading zero octet for the sign': serial('00ff') },
  },
  'serial-number-length': {
    fails: {
      '21 octets': serial(`01${'00'.repeat(20)}`),
      '20 octets and one for the sign': serial(`00${'ff'.repeat(20)}`),
    },
    passes: { '20 octets': serial(`7f${'ff'.repeat(19)}`) },
  },
  'validity-order': {
    fails: {
      'the end a second before the start': tbsCertificate(leaf, {
        notBefore: utc('260301100000Z'),
        notAfter: utc('260301095959Z'),
      }),
    },
    passes: {
      'one second of life': tbsCertificate(leaf, { notBefore: utc('260301100000Z'), notAfter: utc('260301100000Z') }),
    },
  },
  'utc-time-form': {
    fails: {
      'no seconds': tbsCertificate(leaf, { notBefore: utc('2603011000Z') }),
      'an offset': tbsCertificate(leaf, { notBefore: utc('260301100000+0100') }),
      'February 30': tbsCertificate(leaf, { notBefore: utc('260230100000Z') }),
      'hour 24': tbsCertificate(leaf, { notBefore: utc('260301240000Z') }),
      'no Z': tbsCertificate(leaf, { notAfter: utc('2603011000000') }),
    },
    passes: { 'February 29 of a leap year': tbsCertificate(leaf, { notBefore: utc('240229000000Z') }) },
  },
  'generalized-time-form': {
    fails: {
      'a fraction': tbsCertificate(leaf, { notAfter: generalized('20510301100000.5Z') }),
      'no seconds': tbsCertificate(leaf, { notAfter: generalized('205103011000Z') }),
      'local time': tbsCertificate(leaf, { notAfter: generalized('20510301100000') }),
    },
    passes: { 'the form': tbsCertificate(leaf, { notAfter: generalized('99991231235959Z') }) },
  },
  'utc-time-through-2049': {
    fails: {
      'GeneralizedTime in 2049': tbsCertificate(leaf, { notAfter: generalized('20491231235959Z') }),
      'GeneralizedTime before 1950': tbsCertificate(leaf, { notBefore: generalized('19491231235959Z') }),
    },
    passes: {
      'UTCTime in 2049': tbsCertificate(leaf, { notAfter: utc('491231235959Z') }),
      'GeneralizedTime in 2050': tbsCertificate(leaf, { notAfter: generalized('20500101000000Z') }),
    },
  },
  'unique-identifiers-absent': {
    fails: {
      'an issuer unique identifier': tbsCertificate(leaf, { uniqueIdentifiers: [der.implicit(1, fromHex('0001'))] }),
      'a subject unique identifier': tbsCertificate(leaf, { uniqueIdentifiers: [der.implicit(2, fromHex('0001'))] }),
    },
    passes: { 'a CA certificate': tbsCertificate(ca) },
  },
  'extensions-not-empty': {
    fails: { 'an empty SEQUENCE in a self-signed certificate': tbsCertificate(root, { extensions: [] }) },
    passes: { 'one extension': tbsCertificate(root, { extensions: [extension('2.5.29.19', der.sequence())] }) },
  },
  'extensions-distinct': {
    fails: {
      'the same extension twice': tbsCertificate(leaf, {
        extensions: [...(leaf.extensions ?? []), extension('2.5.29.19', der.sequence(), true)],
      }),
    },
    passes: { 'extensions of many kinds': tbsCertificate(leaf) },
  },
  'extension-critical-default': {
    fails: {
      'critical FALSE': tbsCertificate(including(leaf, extension('2.5.29.19', der.sequence(), 'explicitFalse'))),
    },
    passes: { 'critical left out': tbsCertificate(including(leaf, extension('2.5.29.19', der.sequence()))) },
  },
  'critical-extension-known': {
    fails: {
      'a private extension': tbsCertificate(including(leaf, extension('1.3.6.1.4.1.99999.1', der.null(), true))),
    },
    passes: {
      'a private extension that is not critical': tbsCertificate(
        including(leaf, extension('1.3.6.1.4.1.99999.1', der.null())),
      ),
    },
  },
  'extension-value-type': {
    fails: {
      'keyUsage of an INTEGER': tbsCertificate(including(leaf, extension('2.5.29.15', der.integer(1), true))),
      'octets behind the value': tbsCertificate(
        including(leaf, extension('2.5.29.14', Uint8Array.from([...der.octetString(fromHex('01')), 5, 0]))),
      ),
      'a value that is no DER': tbsCertificate(including(leaf, extension('2.5.29.19', fromHex('3080'), true))),
      'a GeneralName of no kind': tbsCertificate(
        including(leaf, extension('2.5.29.17', der.sequence(der.implicit(9, ascii('x'))))),
      ),
      'an extra field in basicConstraints': tbsCertificate(
        including(leaf, extension('2.5.29.19', der.sequence(der.null()), true)),
      ),
    },
    passes: { 'every extension of its type': tbsCertificate(leaf) },
  },
};
