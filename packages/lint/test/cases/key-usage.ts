/** keyUsage, basicConstraints and extKeyUsage. */
import { der, fromHex } from '@touchmark/asn1';
import { extension, spki } from '../support/parts.ts';
import {
  ca,
  including,
  leaf,
  responder,
  tbsCertificate,
  without,
  type CertificateParts,
} from '../support/tbs-certificate.ts';
import type { LintCases } from '../support/verdict.ts';

const keyUsage = (value: Uint8Array, critical = true) => extension('2.5.29.15', value, critical);
const bits = (base: CertificateParts, ...positions: readonly number[]): Uint8Array =>
  tbsCertificate(including(base, keyUsage(der.namedBits(positions))));
const purposes = (oids: readonly string[], critical = false) =>
  extension('2.5.29.37', der.sequence(...oids.map((oid) => der.oid(oid))), critical);
const idKp = (last: number): string => `1.3.6.1.5.5.7.3.${last}`;
const anyExtendedKeyUsage = '2.5.29.37.0';
const serverAuth = including(leaf, purposes([idKp(1)]));
const withKey = (subjectPublicKeyInfo: Uint8Array): CertificateParts => ({ ...serverAuth, subjectPublicKeyInfo });
const basicConstraints = (base: CertificateParts, value: Uint8Array, critical = true): Uint8Array =>
  tbsCertificate(including(base, extension('2.5.29.19', value, critical)));
const noCheck = (value: Uint8Array, critical = false) => extension('1.3.6.1.5.5.7.48.1.5', value, critical);

export const keyUsageCases: LintCases = {
  'key-usage-present-in-ca': {
    fails: {
      'a CA without keyUsage': tbsCertificate(
        without(including(ca, extension('2.5.29.19', der.sequence(der.boolean(true)), true)), '2.5.29.15'),
      ),
    },
    passes: { 'an end entity without keyUsage': tbsCertificate(without(leaf, '2.5.29.15')) },
  },
  'key-usage-critical': {
    fails: { 'not critical': tbsCertificate(including(leaf, keyUsage(der.namedBits([0]), false))) },
    passes: { critical: bits(leaf, 0) },
  },
  'key-usage-not-empty': {
    fails: {
      'no bit': tbsCertificate(including(without(leaf, '2.5.29.37'), keyUsage(der.bitString(new Uint8Array())))),
    },
    passes: { 'one bit': bits(leaf, 0) },
  },
  'key-usage-encoding': {
    fails: {
      'trailing zero bits': tbsCertificate(including(leaf, keyUsage(der.bitString(Uint8Array.of(0x80), 0)))),
      'a trailing zero octet': tbsCertificate(including(leaf, keyUsage(der.bitString(Uint8Array.of(0x80, 0), 0)))),
      'a tenth bit': tbsCertificate(including(leaf, keyUsage(der.namedBits([0, 9])))),
    },
    passes: { 'nine bits': bits(including(leaf, purposes([idKp(1)])), 0, 4, 8) },
  },
  'key-cert-sign-needs-ca': {
    fails: { 'keyCertSign of an end entity': bits(leaf, 0, 5) },
    passes: { 'cRLSign of an end entity': bits(leaf, 0, 6), 'keyCertSign of a CA': tbsCertificate(ca) },
  },
  'encipher-only-needs-key-agreement': {
    fails: {
      'encipherOnly alone': bits(leaf, 0, 7),
      'decipherOnly alone': bits(leaf, 0, 8),
      'both of them': bits(leaf, 0, 4, 7, 8),
    },
    passes: { 'keyAgreement with encipherOnly': bits(leaf, 0, 4, 7) },
  },
  'rsa-key-usage': {
    fails: { 'keyAgreement of RSA': bits(withKey(spki.rsa), 0, 4) },
    passes: { 'keyEncipherment of RSA': bits(withKey(spki.rsa), 0, 2) },
  },
  'ec-key-usage': {
    fails: {
      'keyEncipherment of EC': bits(withKey(spki.p256), 0, 2),
      'dataEncipherment of EC': bits(withKey(spki.p256), 0, 3),
    },
    passes: { 'keyAgreement of EC': bits(withKey(spki.p256), 0, 4) },
  },
  'eddsa-key-usage': {
    fails: { 'keyAgreement of Ed25519': bits(withKey(spki.ed25519), 0, 4) },
    passes: { 'digitalSignature of Ed25519': bits(withKey(spki.ed25519), 0, 1) },
  },
  'ml-dsa-key-usage': {
    fails: { 'keyEncipherment of ML-DSA': bits(withKey(spki.mlDsa44), 0, 2) },
    passes: { 'digitalSignature of ML-DSA': bits(withKey(spki.mlDsa44), 0) },
  },
  'basic-constraints-critical-in-ca': {
    fails: { 'not critical in a CA': basicConstraints(ca, der.sequence(der.boolean(true)), false) },
    passes: {
      'critical in a CA': tbsCertificate(ca),
      'not critical in an end entity': basicConstraints(leaf, der.sequence(), false),
    },
  },
  'basic-constraints-default': {
    fails: { 'cA FALSE': basicConstraints(leaf, der.sequence(der.boolean(false))) },
    passes: { 'cA left out': basicConstraints(leaf, der.sequence()) },
  },
  'path-len-constraint-needs-ca': {
    fails: {
      'an end entity': basicConstraints(leaf, der.sequence(der.integer(0))),
      'a CA without keyCertSign': bits(ca, 6),
      'a negative constraint': basicConstraints(ca, der.sequence(der.boolean(true), der.integer(-1))),
    },
    passes: { 'a CA with keyCertSign': basicConstraints(ca, der.sequence(der.boolean(true), der.integer(3))) },
  },
  'extended-key-usage-not-empty': {
    fails: { 'no purpose': tbsCertificate(including(leaf, purposes([]))) },
    passes: { 'two purposes': tbsCertificate(including(leaf, purposes([idKp(1), idKp(2)]))) },
  },
  'any-extended-key-usage-not-critical': {
    fails: {
      'critical with anyExtendedKeyUsage': tbsCertificate(including(leaf, purposes([anyExtendedKeyUsage], true))),
    },
    passes: {
      anyExtendedKeyUsage: tbsCertificate(including(leaf, purposes([anyExtendedKeyUsage]))),
      'critical with clientAuth': tbsCertificate(including(leaf, purposes([idKp(2)], true))),
    },
  },
  'extended-key-usage-consistent': {
    fails: {
      'clientAuth with nonRepudiation': bits(leaf, 1),
      'serverAuth with cRLSign': bits(serverAuth, 6),
      'codeSigning with keyAgreement': bits(including(leaf, purposes([idKp(3)])), 4),
      'OCSPSigning with keyAgreement': bits(responder, 4),
    },
    passes: {
      'clientAuth with keyAgreement': bits(leaf, 4),
      'serverAuth with keyEncipherment': bits(withKey(spki.rsa), 2),
      'emailProtection with nonRepudiation': bits(including(leaf, purposes([idKp(4)])), 1),
      'a CA limited to clientAuth': tbsCertificate(including(ca, purposes([idKp(2)]))),
    },
  },
  'time-stamping-alone': {
    fails: {
      'beside another purpose': tbsCertificate(including(leaf, purposes([idKp(8), idKp(2)], true))),
      'not critical': tbsCertificate(including(leaf, purposes([idKp(8)]))),
    },
    passes: { 'alone and critical': tbsCertificate(including(leaf, purposes([idKp(8)], true))) },
  },
  'ocsp-no-check-needs-ocsp-signing': {
    fails: {
      'with clientAuth': tbsCertificate(including(leaf, noCheck(der.null()))),
      'without extKeyUsage': tbsCertificate(including(without(leaf, '2.5.29.37'), noCheck(der.null()))),
    },
    passes: { 'with OCSPSigning': tbsCertificate(responder) },
  },
  'ocsp-no-check-not-critical': {
    fails: { critical: tbsCertificate(including(responder, noCheck(der.null(), true))) },
    passes: { 'not critical': tbsCertificate(responder) },
  },
  'ocsp-no-check-null': {
    fails: {
      'an empty SEQUENCE': tbsCertificate(including(responder, noCheck(der.sequence()))),
      nothing: tbsCertificate(including(responder, noCheck(new Uint8Array()))),
      'NULL with a long length': tbsCertificate(including(responder, noCheck(fromHex('058100')))),
    },
    passes: { NULL: tbsCertificate(responder) },
  },
};
