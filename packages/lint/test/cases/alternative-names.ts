/** subjectAltName and issuerAltName. */
import { der, tag } from '@touchmark/asn1';
import { directoryName, dns, email, extension, ip, issuerName, otherName, uri } from '../support/parts.ts';
import { including, leaf, tbsCertificate } from '../support/tbs-certificate.ts';
import type { LintCases } from '../support/verdict.ts';

const names = (...generalNames: readonly Uint8Array[]): Uint8Array =>
  tbsCertificate(including(leaf, extension('2.5.29.17', der.sequence(...generalNames))));
const issuerNames = (critical: boolean, ...generalNames: readonly Uint8Array[]): Uint8Array =>
  tbsCertificate(including(leaf, extension('2.5.29.18', der.sequence(...generalNames), critical)));
const smtpUtf8Mailbox = (value: Uint8Array): Uint8Array => names(otherName('1.3.6.1.5.5.7.8.9', value));

export const alternativeNameCases: LintCases = {
  'alt-names-not-empty': {
    fails: { 'an empty subjectAltName': names(), 'an empty issuerAltName': issuerNames(false) },
    passes: { 'one name': names(dns('a.example')), 'both extensions': issuerNames(false, uri('http://ca.example/')) },
  },
  'issuer-alt-name-not-critical': {
    fails: { 'a critical issuerAltName': issuerNames(true, dns('ca.example')) },
    passes: { 'an issuerAltName': issuerNames(false, dns('ca.example')) },
  },
  'general-name-not-empty': {
    fails: {
      'an empty dNSName': names(dns('')),
      'an empty rfc822Name': names(email('')),
      'an empty URI': names(uri('')),
      'an empty directoryName': names(directoryName(der.sequence())),
    },
    passes: { 'a directoryName': names(directoryName(issuerName)) },
    also: ['dns-name-form', 'rfc822-name-form', 'uri-name-form'],
  },
  'general-name-ascii': {
    fails: {
      'a dNSName in UTF-8': names(der.implicit(2, new TextEncoder().encode('sensör.example'))),
      'an rfc822Name in Latin-1': names(der.implicit(1, Uint8Array.of(0xe9, 0x40, 0x61))),
    },
    passes: { 'an A-label': names(dns('xn--sensr-mua.example')) },
    also: ['dns-name-form', 'rfc822-name-form'],
  },
  'dns-name-form': {
    fails: {
      'an underscore': names(dns('sensor_1.example')),
      'a trailing dot': names(dns('sensor.example.')),
      'a leading dot': names(dns('.example')),
      'a leading hyphen': names(dns('-a.example')),
      'a blank': names(dns(' ')),
      'a label of 64 characters': names(dns(`${'a'.repeat(64)}.example`)),
      '254 characters': names(dns(`${'a.'.repeat(126)}bc`)),
      'an asterisk within a label': names(dns('s*.example')),
      'an asterisk in the second label': names(dns('a.*.example')),
      NUL: names(dns('a.example\u0000.b.example')),
    },
    passes: {
      'one label': names(dns('sensor')),
      'a wildcard as the leftmost label': names(dns('*.plant.example')),
      'a label of 63 characters': names(dns(`${'a'.repeat(63)}.example`)),
      'a label of digits': names(dns('0001.example')),
    },
  },
  'dns-name-top-label': {
    fails: { 'an IPv4 address': names(dns('192.0.2.1')), 'a numeric top label': names(dns('sensor.1')) },
    passes: { 'a top label with a letter': names(dns('sensor.1a')) },
  },
  'dns-name-a-label': {
    fails: {
      'a reserved label': names(dns('ab--cd.example')),
      'no Punycode': names(dns('xn--zzzzzz99999999.example')),
      'an A-label in upper case': names(dns('XN--SENSR-MUA.example')),
      'Punycode of a character that IDNA maps away': names(dns('xn--sensr-4oa.example')),
    },
    passes: {
      'an A-label': names(dns('xn--sensr-mua.example')),
      'two hyphens further in': names(dns('abc--d.example')),
    },
  },
  'rfc822-name-form': {
    fails: {
      'no domain': names(email('operator')),
      'angle brackets': names(email('<operator@plant.example>')),
      'a display name': names(email('Operator <operator@plant.example>')),
      'two at signs': names(email('a@b@plant.example')),
      'a dot at the end of the local part': names(email('a.@plant.example')),
      'a local part of 65 characters': names(email(`${'a'.repeat(65)}@plant.example`)),
      'a domain with an underscore': names(email('a@plant_1.example')),
    },
    passes: {
      'a mailbox': names(email('line-7.operator+alarm@plant.example')),
      'a quoted local part': names(email('"line 7"@plant.example')),
      'an address literal': names(email('operator@[192.0.2.1]')),
    },
  },
  'smtp-utf8-mailbox-form': {
    fails: {
      'an IA5String': smtpUtf8Mailbox(der.ia5String('a@plant.example')),
      'a local part in ASCII': smtpUtf8Mailbox(der.utf8String('operator@plant.example')),
      'a byte order mark': smtpUtf8Mailbox(der.utf8String('\ufeffопер@plant.example')),
      'a domain of U-labels': smtpUtf8Mailbox(der.utf8String('опер@завод.example')),
      'no domain': smtpUtf8Mailbox(der.utf8String('опер')),
      'no UTF-8': smtpUtf8Mailbox(der.tlv(tag.utf8String, Uint8Array.of(0xff, 0x40, 0x61))),
    },
    passes: { 'a local part beyond ASCII': smtpUtf8Mailbox(der.utf8String('опер@plant.example')) },
  },
  'uri-name-form': {
    fails: {
      'a relative reference': names(uri('/devices/1')),
      'a scheme alone': names(uri('urn:')),
      'a blank': names(uri('http://plant.example/a b')),
      'no host': names(uri('http:///devices/1')),
      'a host with an underscore': names(uri('http://plant_1.example/')),
      'a malformed IPv6 address': names(uri('http://[::g]/')),
      'a malformed authority': names(uri('http://plant.example:port/')),
    },
    passes: {
      'a URN': names(uri('urn:dev:ops:32473-sensor-0001')),
      'an IPv6 address': names(uri('https://[2001:db8::1]:8443/a?b#c')),
      'an IPv4 address': names(uri('opc.tcp://192.0.2.1:4840')),
      'a SPIFFE id': names(uri('spiffe://plant.example/line/7')),
    },
  },
  'ip-address-length': {
    fails: {
      'three octets': names(ip(192, 0, 2)),
      'an address with its mask': names(ip(192, 0, 2, 0, 255, 255, 255, 0)),
    },
    passes: { IPv4: names(ip(192, 0, 2, 1)), IPv6: names(ip(...new Array<number>(16).fill(1))) },
  },
};
