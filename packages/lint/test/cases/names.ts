/** Issuer and subject. */
import { der, tag } from '@touchmark/asn1';
import { ascii, attribute, directoryName, dns, extension, issuerName, name } from '../support/parts.ts';
import { ca, including, leaf, tbsCertificate, without } from '../support/tbs-certificate.ts';
import type { LintCases } from '../support/verdict.ts';

const subject = (subjectDer: Uint8Array): Uint8Array => tbsCertificate(leaf, { subject: subjectDer });
const subjectWith = (oid: string, value: Uint8Array): Uint8Array => subject(name([oid, value]));
const commonName = (value: Uint8Array): Uint8Array => subjectWith(attribute.commonName, value);
const attributeDer = (oid: string, text: string): Uint8Array => der.sequence(der.oid(oid), der.utf8String(text));
const emptyName = der.sequence();
const nullString = der.tlv(tag.utf8String);
const subjectAltName = (critical: boolean) => extension('2.5.29.17', der.sequence(dns('a.example')), critical);

export const nameCases: LintCases = {
  'issuer-not-empty': {
    fails: { 'an empty issuer': tbsCertificate(leaf, { issuer: emptyName }) },
    passes: { 'a named issuer': tbsCertificate(leaf, { issuer: issuerName }) },
  },
  'ca-subject-not-empty': {
    fails: {
      'a CA without a subject': tbsCertificate(including(ca, subjectAltName(true)), { subject: emptyName }),
      'a CRL issuer without a subject': tbsCertificate(
        including(including(leaf, subjectAltName(true)), extension('2.5.29.15', der.namedBits([6]), true)),
        {
          subject: emptyName,
          extensions: [extension('2.5.29.15', der.namedBits([6]), true), subjectAltName(true), ...authority()],
        },
      ),
    },
    passes: { 'a named CA': tbsCertificate(ca) },
  },
  'empty-subject-critical-alt-name': {
    fails: {
      'no subjectAltName': tbsCertificate(without(leaf, '2.5.29.17'), { subject: emptyName }),
      'a subjectAltName that is not critical': tbsCertificate(including(leaf, subjectAltName(false)), {
        subject: emptyName,
      }),
    },
    passes: {
      'a critical subjectAltName': tbsCertificate(including(leaf, subjectAltName(true)), { subject: emptyName }),
    },
  },
  'subject-alt-name-not-critical': {
    fails: { 'critical beside a subject': tbsCertificate(including(leaf, subjectAltName(true))) },
    passes: { 'not critical beside a subject': tbsCertificate(including(leaf, subjectAltName(false))) },
  },
  'rdn-not-empty': {
    fails: { 'an RDN without attributes': subject(der.sequence(der.tlv(tag.set), attributeSet('sensor'))) },
    passes: { 'two RDNs': subject(der.sequence(attributeSet('sensor'), attributeSet('0001'))) },
  },
  'rdn-attribute-types-distinct': {
    fails: {
      'two common names in one RDN': subject(
        der.sequence(der.set(attributeDer(attribute.commonName, 'a'), attributeDer(attribute.commonName, 'b'))),
      ),
    },
    passes: {
      'two types in one RDN': subject(
        der.sequence(der.set(attributeDer(attribute.commonName, 'a'), attributeDer(attribute.organizationName, 'b'))),
      ),
    },
  },
  'rdn-set-order': {
    fails: {
      'the longer encoding first': subject(
        der.sequence(
          der.tlv(tag.set, attributeDer(attribute.organizationName, 'b'), attributeDer(attribute.commonName, 'a')),
        ),
      ),
    },
    passes: {
      'sorted by encoding': subject(
        der.sequence(
          der.tlv(tag.set, attributeDer(attribute.commonName, 'a'), attributeDer(attribute.organizationName, 'b')),
        ),
      ),
    },
  },
  'directory-string-type': {
    fails: {
      TeletexString: commonName(der.tlv(tag.teletexString, ascii('sensor'))),
      BMPString: commonName(der.tlv(tag.bmpString, Uint8Array.of(0, 0x73))),
      IA5String: commonName(der.ia5String('sensor')),
      'BMPString in a directoryName': tbsCertificate(
        including(
          leaf,
          extension(
            '2.5.29.17',
            der.sequence(directoryName(name([attribute.commonName, der.tlv(tag.bmpString, Uint8Array.of(0, 0x73))]))),
          ),
        ),
      ),
    },
    passes: {
      PrintableString: commonName(der.printableString('sensor')),
      UTF8String: commonName(der.utf8String('Sensor Nº 1')),
    },
  },
  'attribute-printable-string': {
    fails: {
      'serialNumber as UTF8String': subjectWith(attribute.serialNumber, der.utf8String('0001')),
      'countryName as UTF8String': subjectWith(attribute.countryName, der.utf8String('DE')),
    },
    passes: { 'serialNumber as PrintableString': subjectWith(attribute.serialNumber, der.printableString('0001')) },
  },
  'attribute-ia5-string': {
    fails: {
      'domainComponent as UTF8String': subjectWith(attribute.domainComponent, der.utf8String('example')),
      'emailAddress as PrintableString': subjectWith(attribute.emailAddress, der.printableString('a')),
    },
    passes: { 'domainComponent as IA5String': subjectWith(attribute.domainComponent, der.ia5String('example')) },
  },
  'country-name-form': {
    fails: {
      'one letter': subjectWith(attribute.countryName, der.printableString('D')),
      'a digit': subjectWith(attribute.countryName, der.printableString('D1')),
    },
    passes: { 'two letters': subjectWith(attribute.countryName, der.printableString('DE')) },
  },
  'attribute-length': {
    fails: {
      'an empty common name': commonName(nullString),
      'a common name of 65 characters': commonName(der.utf8String('x'.repeat(65))),
      'a common name of 65 characters in 130 octets': commonName(der.utf8String('é'.repeat(65))),
    },
    passes: {
      'a common name of 64 characters': commonName(der.utf8String('x'.repeat(64))),
      'a common name of 64 characters in 256 octets': commonName(der.utf8String('🔧'.repeat(64))),
    },
  },
  'printable-string-alphabet': {
    fails: {
      'an underscore': commonName(der.tlv(tag.printableString, ascii('sensor_1'))),
      'an at sign': commonName(der.tlv(tag.printableString, ascii('a@b'))),
    },
    passes: { 'all its punctuation': commonName(der.printableString("a '()+,-./:=?9Z")) },
  },
  'utf8-string-well-formed': {
    fails: {
      'a lone continuation octet': commonName(der.tlv(tag.utf8String, Uint8Array.of(0x61, 0x80))),
      'an overlong form': commonName(der.tlv(tag.utf8String, Uint8Array.of(0xc0, 0xaf))),
      'a surrogate': commonName(der.tlv(tag.utf8String, Uint8Array.of(0xed, 0xa0, 0x80))),
    },
    passes: { 'two to four octets a character': commonName(der.utf8String('é€🔧')) },
  },
  'name-no-ignored-characters': {
    fails: {
      NUL: commonName(der.utf8String('sensor\u0000.example')),
      'a right-to-left override': commonName(der.utf8String('sensor\u202e1000')),
      'a zero-width space': commonName(der.utf8String('sen\u200bsor')),
      'a byte order mark': commonName(der.utf8String('\ufeffsensor')),
    },
    passes: { 'letters of many scripts': commonName(der.utf8String('датчик 传感器 sensör')) },
  },
};

function attributeSet(text: string): Uint8Array {
  return der.set(attributeDer(attribute.commonName, text));
}

function authority() {
  return (leaf.extensions ?? []).filter(({ oid }) => oid === '2.5.29.35');
}
