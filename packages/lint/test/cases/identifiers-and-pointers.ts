/** Key identifiers, CRL distribution points and access descriptions. */
import { der, fromHex } from '@touchmark/asn1';
import {
  accessDescription,
  authorityKeyIdentifier,
  directoryName,
  distributionPoint,
  dns,
  extension,
  idAdCaIssuers,
  idAdOcsp,
  issuerName,
  keyIdentifier,
  uri,
} from '../support/parts.ts';
import { ca, including, leaf, root, tbsCertificate, without } from '../support/tbs-certificate.ts';
import type { LintCases } from '../support/verdict.ts';

const aki = (value: Uint8Array, critical = false): Uint8Array =>
  tbsCertificate(including(leaf, extension('2.5.29.35', value, critical)));
const ski = (value: Uint8Array, critical = false): Uint8Array =>
  tbsCertificate(including(leaf, extension('2.5.29.14', value, critical)));
const points = (list: readonly Uint8Array[], critical = false): Uint8Array =>
  tbsCertificate(including(leaf, extension('2.5.29.31', der.sequence(...list), critical)));
const freshest = (list: readonly Uint8Array[], critical = false): Uint8Array =>
  tbsCertificate(including(leaf, extension('2.5.29.46', der.sequence(...list), critical)));
const access = (list: readonly Uint8Array[], critical = false): Uint8Array =>
  tbsCertificate(including(leaf, extension('1.3.6.1.5.5.7.1.1', der.sequence(...list), critical)));
const subjectAccess = (critical: boolean): Uint8Array =>
  tbsCertificate(
    including(
      leaf,
      extension(
        '1.3.6.1.5.5.7.1.11',
        der.sequence(accessDescription('1.3.6.1.5.5.7.48.5', uri('http://repo.example/'))),
        critical,
      ),
    ),
  );

const keyIdPart = der.implicit(0, keyIdentifier);
const issuerPart = der.context(1, { constructed: true }, directoryName(issuerName));
const serialPart = der.implicit(2, fromHex('01'));
const someReasons = der.implicit(1, fromHex('0640'));
const crlUrl = 'http://pki.example/issuing.crl';

export const identifierAndPointerCases: LintCases = {
  'authority-key-identifier-present': {
    fails: {
      'no authorityKeyIdentifier': tbsCertificate(without(leaf, '2.5.29.35')),
      'issuer and serial number only': aki(der.sequence(issuerPart, serialPart)),
    },
    passes: {
      'a self-signed certificate without': tbsCertificate(root),
      'a key identifier': aki(authorityKeyIdentifier),
    },
  },
  'authority-key-identifier-not-critical': {
    fails: { critical: aki(authorityKeyIdentifier, true) },
    passes: { 'not critical': aki(authorityKeyIdentifier) },
  },
  'authority-key-identifier-pair': {
    fails: {
      'an issuer without serial number': aki(der.sequence(keyIdPart, issuerPart)),
      'a serial number without issuer': aki(der.sequence(keyIdPart, serialPart)),
    },
    passes: { 'all three': aki(der.sequence(keyIdPart, issuerPart, serialPart)) },
  },
  'subject-key-identifier-present-in-ca': {
    fails: { 'a CA without': tbsCertificate(without(ca, '2.5.29.14')) },
    passes: { 'an end entity without': tbsCertificate(without(leaf, '2.5.29.14')), 'a CA with': tbsCertificate(ca) },
  },
  'subject-key-identifier-not-critical': {
    fails: { critical: ski(der.octetString(keyIdentifier), true) },
    passes: { 'not critical': ski(der.octetString(keyIdentifier)) },
  },
  'key-identifier-not-empty': {
    fails: {
      'an empty subjectKeyIdentifier': ski(der.octetString(new Uint8Array())),
      'an empty keyIdentifier of the issuer': aki(der.sequence(der.implicit(0, new Uint8Array()))),
    },
    passes: { 'one octet': ski(der.octetString(fromHex('01'))) },
  },
  'crl-distribution-points-not-critical': {
    fails: { critical: points([distributionPoint(crlUrl)], true) },
    passes: { 'not critical': points([distributionPoint(crlUrl)]) },
  },
  'crl-distribution-points-not-empty': {
    fails: {
      'no point': points([]),
      'a point with an empty name': points([der.sequence(der.explicit(0, der.context(0, { constructed: true })))]),
      'freshestCRL without a point': freshest([]),
    },
    passes: { 'two points': points([distributionPoint(crlUrl), distributionPoint('ldap://ldap.example/cn=ca')]) },
  },
  'distribution-point-has-name': {
    fails: {
      'reasons alone, beside a full point': points([distributionPoint(crlUrl), der.sequence(someReasons)]),
      nothing: points([der.sequence()]),
      'nothing in freshestCRL': freshest([der.sequence()]),
    },
    passes: {
      'a cRLIssuer': points([der.sequence(der.context(2, { constructed: true }, directoryName(issuerName)))]),
      'a name relative to the issuer': points([
        der.sequence(
          der.explicit(0, der.context(1, { constructed: true }, der.sequence(der.oid('2.5.4.3'), der.utf8String('a')))),
        ),
      ]),
    },
  },
  'distribution-point-for-all-reasons': {
    fails: { 'every point for some reasons': points([distributionPoint(crlUrl, someReasons)]) },
    passes: {
      'one for some, one for all': points([distributionPoint(crlUrl, someReasons), distributionPoint(crlUrl)]),
    },
  },
  'freshest-crl-not-critical': {
    fails: { critical: freshest([distributionPoint(crlUrl)], true) },
    passes: { 'not critical': freshest([distributionPoint(crlUrl)]) },
  },
  'authority-info-access-not-critical': {
    fails: { critical: access([accessDescription(idAdOcsp, uri('http://ocsp.example/'))], true) },
    passes: { 'not critical': access([accessDescription(idAdOcsp, uri('http://ocsp.example/'))]) },
  },
  'authority-info-access-not-empty': {
    fails: { 'no description': access([]) },
    passes: { 'one description': access([accessDescription(idAdCaIssuers, uri('http://pki.example/ca.cer'))]) },
  },
  'subject-info-access-not-critical': {
    fails: { critical: subjectAccess(true) },
    passes: { 'not critical': subjectAccess(false) },
  },
  'ocsp-location-uri': {
    fails: { 'a dNSName': access([accessDescription(idAdOcsp, dns('ocsp.example'))]) },
    passes: {
      'a URI': access([accessDescription(idAdOcsp, uri('http://ocsp.example/'))]),
      'a directoryName of caIssuers': access([accessDescription(idAdCaIssuers, directoryName(issuerName))]),
    },
  },
  'status-uri-not-tls': {
    fails: {
      'a CRL over https': points([distributionPoint('https://pki.example/issuing.crl')]),
      'OCSP over HTTPS in capitals': access([accessDescription(idAdOcsp, uri('HTTPS://ocsp.example/'))]),
      'a delta CRL over ldaps': freshest([distributionPoint('ldaps://ldap.example/cn=ca')]),
    },
    passes: { 'a CRL over http': points([distributionPoint(crlUrl)]) },
  },
  'status-uri-form': {
    fails: {
      'a path': points([distributionPoint('/pki/issuing.crl')]),
      'no host': access([accessDescription(idAdOcsp, uri('http:///ocsp'))]),
      'a blank': points([distributionPoint('http://pki.example/my ca.crl')]),
    },
    passes: {
      'an LDAP URI without host': points([distributionPoint('ldap:///cn=ca,dc=example?certificateRevocationList')]),
      'a loopback address and port': points([distributionPoint('http://127.0.0.1:8080/pki/issuing.crl')]),
    },
  },
};
