/** Requirements of CRLs alone. */
import { der, fromHex } from '@touchmark/asn1';
import { accessDescription, distributionPoint, extension, idAdCaIssuers, idAdOcsp, uri } from '../support/parts.ts';
import {
  deltaCrl,
  entryWithSerial,
  fullCrl,
  includingInCrl,
  tbsCertList,
  withoutInCrl,
  type CrlParts,
} from '../support/tbs-cert-list.ts';
import type { LintCases } from '../support/verdict.ts';

const at = (text: string): Uint8Array => der.utcTime(new Date(text));
const withNumber = (value: Uint8Array, critical = false): CrlParts =>
  includingInCrl(fullCrl, extension('2.5.29.20', value, critical));
const scope = (value: Uint8Array, critical = true): Uint8Array =>
  tbsCertList(includingInCrl(fullCrl, extension('2.5.29.28', value, critical)));
const entries = (...serials: readonly string[]): Uint8Array =>
  tbsCertList(fullCrl, { entries: serials.map(entryWithSerial) });
const access = (...list: readonly Uint8Array[]): Uint8Array =>
  tbsCertList(includingInCrl(fullCrl, extension('1.3.6.1.5.5.7.1.1', der.sequence(...list))));
const freshestCrl = extension('2.5.29.46', der.sequence(distributionPoint('http://pki.example/delta.crl')));
const pointName = der.explicit(0, der.explicit(0, uri('http://pki.example/issuing.crl')));
const flag = (number: number, value: number): Uint8Array => der.implicit(number, Uint8Array.of(value));

export const crlCases: LintCases = {
  'crl-version-2': {
    fails: {
      'no version': tbsCertList(fullCrl, { version: undefined }),
      'v1, written out': tbsCertList(fullCrl, { version: der.integer(0) }),
      v3: tbsCertList(fullCrl, { version: der.integer(2) }),
    },
    passes: { v2: tbsCertList(fullCrl) },
  },
  'next-update-present': {
    fails: { 'no nextUpdate': tbsCertList(fullCrl, { nextUpdate: undefined }) },
    passes: { 'a nextUpdate': tbsCertList(fullCrl) },
  },
  'update-order': {
    fails: {
      'nextUpdate before thisUpdate': tbsCertList(fullCrl, { nextUpdate: at('2026-02-28T00:00:00Z') }),
      'both at once': tbsCertList(fullCrl, { nextUpdate: at('2026-03-01T00:00:00Z') }),
    },
    passes: { 'a second later': tbsCertList(fullCrl, { nextUpdate: at('2026-03-01T00:00:01Z') }) },
  },
  'revoked-certificates-not-empty': {
    fails: { 'an empty SEQUENCE': tbsCertList(fullCrl, { entries: [] }) },
    passes: { 'no list': tbsCertList(fullCrl, { entries: undefined }), 'one entry': entries('01') },
  },
  'crl-authority-key-identifier-present': {
    fails: {
      'no authorityKeyIdentifier': tbsCertList(withoutInCrl(fullCrl, '2.5.29.35')),
      'an empty one': tbsCertList(includingInCrl(fullCrl, extension('2.5.29.35', der.sequence()))),
    },
    passes: { 'a key identifier': tbsCertList(fullCrl) },
  },
  'crl-number-present': {
    fails: { 'no cRLNumber': tbsCertList(withoutInCrl(fullCrl, '2.5.29.20')) },
    passes: { 'a cRLNumber': tbsCertList(fullCrl) },
  },
  'crl-number-not-critical': {
    fails: { critical: tbsCertList(withNumber(der.integer(1), true)) },
    passes: { 'not critical': tbsCertList(withNumber(der.integer(1))) },
  },
  'crl-number-length': {
    fails: {
      '21 octets': tbsCertList(withNumber(der.integerBytes(fromHex(`01${'00'.repeat(20)}`)))),
      negative: tbsCertList(withNumber(der.integer(-1))),
    },
    passes: {
      '20 octets': tbsCertList(withNumber(der.integerBytes(fromHex(`7f${'ff'.repeat(19)}`)))),
      zero: tbsCertList(withNumber(der.integer(0))),
    },
  },
  'delta-crl-indicator-critical': {
    fails: { 'not critical': tbsCertList(includingInCrl(fullCrl, extension('2.5.29.27', der.integer(41)))) },
    passes: { critical: tbsCertList(deltaCrl) },
  },
  'delta-crl-base-before': {
    fails: {
      'the same number': tbsCertList(includingInCrl(fullCrl, extension('2.5.29.27', der.integer(42), true))),
      'a longer base': tbsCertList(includingInCrl(fullCrl, extension('2.5.29.27', der.integer(300), true))),
    },
    passes: {
      'one more': tbsCertList(deltaCrl),
      'a longer number': tbsCertList(
        includingInCrl(withNumber(der.integer(300)), extension('2.5.29.27', der.integer(41), true)),
      ),
    },
  },
  'freshest-crl-not-in-delta': {
    fails: { 'in a delta': tbsCertList(includingInCrl(deltaCrl, freshestCrl)) },
    passes: { 'in a full CRL': tbsCertList(includingInCrl(fullCrl, freshestCrl)) },
  },
  'issuing-distribution-point-critical': {
    fails: { 'not critical': scope(der.sequence(pointName), false) },
    passes: { critical: scope(der.sequence(pointName)), 'no scope': tbsCertList(withoutInCrl(fullCrl, '2.5.29.28')) },
  },
  'issuing-distribution-point-not-empty': {
    fails: {
      'an empty SEQUENCE': scope(der.sequence()),
      'an empty name': scope(der.sequence(der.explicit(0, der.context(0, { constructed: true })))),
    },
    passes: { 'a flag alone': scope(der.sequence(flag(1, 0xff))) },
  },
  'issuing-distribution-point-scope': {
    fails: {
      'users and CAs': scope(der.sequence(pointName, flag(1, 0xff), flag(2, 0xff))),
      'attribute certificates': scope(der.sequence(pointName, flag(5, 0xff))),
    },
    passes: {
      users: scope(der.sequence(pointName, flag(1, 0xff))),
      CAs: scope(der.sequence(pointName, flag(2, 0xff))),
    },
  },
  'issuing-distribution-point-default': {
    fails: { 'onlyContainsCACerts FALSE': scope(der.sequence(pointName, flag(2, 0))) },
    passes: { 'indirectCRL TRUE': scope(der.sequence(pointName, flag(4, 0xff))) },
  },
  'crl-access-method-ca-issuers': {
    fails: {
      'id-ad-ocsp beside it': access(
        accessDescription(idAdCaIssuers, uri('http://pki.example/ca.cer')),
        accessDescription(idAdOcsp, uri('http://ocsp.example/')),
      ),
    },
    passes: { 'id-ad-caIssuers': access(accessDescription(idAdCaIssuers, uri('http://pki.example/ca.cer'))) },
  },
  'crl-entries-distinct': {
    fails: {
      neighbours: entries('01', '02', '02'),
      'apart and unsorted': entries('03', '01', '02', '03'),
      'unsorted at the end': entries('01', '02', '03', '01'),
    },
    passes: {
      sorted: entries('01', '02', '03'),
      unsorted: entries('03', '01', '02'),
      'the same number of two issuers': tbsCertList(
        includingInCrl(fullCrl, extension('2.5.29.28', der.sequence(pointName, flag(4, 0xff)), true)),
        { entries: [entryWithSerial('01'), entryWithSerial('01')] },
      ),
    },
  },
};
