/** Requirements of each CRL entry, in a full CRL unless it says otherwise. */
import { der, fromHex, tag } from '@touchmark/asn1';
import { ascii, directoryName, extension, issuerName, uri, type ExtensionPart } from '../support/parts.ts';
import { deltaCrl, entryOf, fullCrl, includingInCrl, tbsCertList } from '../support/tbs-cert-list.ts';
import type { LintCases } from '../support/verdict.ts';

const crlWith = (entry: Uint8Array): Uint8Array => tbsCertList(fullCrl, { entries: [entry] });
const serial = (hex: string): Uint8Array => crlWith(entryOf({ serialNumber: der.integerBytes(fromHex(hex)) }));
const revokedAt = (identifier: number, text: string): Uint8Array =>
  crlWith(entryOf({ revocationDate: der.tlv(identifier, ascii(text)) }));
const extended = (...extensions: readonly ExtensionPart[]): Uint8Array => crlWith(entryOf({ extensions }));
const reason = (value: Uint8Array, critical = false) => extension('2.5.29.21', value, critical);
const invalidity = (text: string, critical = false) =>
  extension('2.5.29.24', der.tlv(tag.generalizedTime, ascii(text)), critical);
const certificateIssuer = (critical: boolean) =>
  extension('2.5.29.29', der.sequence(directoryName(issuerName)), critical);
const indirectCrl = includingInCrl(
  fullCrl,
  extension(
    '2.5.29.28',
    der.sequence(
      der.explicit(0, der.explicit(0, uri('http://pki.example/x.crl'))),
      der.implicit(4, Uint8Array.of(0xff)),
    ),
    true,
  ),
);

export const crlEntryCases: LintCases = {
  'crl-entry-serial-number': {
    fails: { zero: serial('00'), negative: serial('80'), '21 octets': serial(`01${'00'.repeat(20)}`) },
    passes: { '20 octets': serial(`7f${'ff'.repeat(19)}`) },
  },
  'utc-time-form': {
    fails: { 'a revocationDate without seconds': revokedAt(tag.utcTime, '2602281200Z') },
    passes: { 'a revocationDate': revokedAt(tag.utcTime, '260228120000Z') },
  },
  'generalized-time-form': {
    fails: { 'a revocationDate with a fraction': revokedAt(tag.generalizedTime, '20510228120000.1Z') },
    passes: { 'a revocationDate in 2051': revokedAt(tag.generalizedTime, '20510228120000Z') },
  },
  'utc-time-through-2049': {
    fails: { 'a GeneralizedTime before 2050': revokedAt(tag.generalizedTime, '20260228120000Z') },
    passes: { 'a UTCTime before 2050': revokedAt(tag.utcTime, '491231235959Z') },
  },
  'extensions-not-empty': {
    fails: { 'an empty SEQUENCE': extended() },
    passes: { 'no extensions': crlWith(entryOf({ extensions: undefined })) },
  },
  'extensions-distinct': {
    fails: { 'two reasons': extended(reason(der.enumerated(1)), reason(der.enumerated(1))) },
    passes: { 'a reason and a date': crlWith(entryOf()) },
  },
  'extension-critical-default': {
    fails: { 'critical FALSE': extended(extension('2.5.29.21', der.enumerated(1), 'explicitFalse')) },
    passes: { 'critical left out': extended(reason(der.enumerated(1))) },
  },
  'extension-value-type': {
    fails: { 'a reason of an INTEGER': extended(reason(der.integer(1))) },
    passes: { 'a reason': extended(reason(der.enumerated(1))) },
  },
  'critical-extension-known': {
    fails: { 'a critical private extension': extended(extension('1.3.6.1.4.1.99999.1', der.null(), true)) },
    passes: { 'a private extension': extended(extension('1.3.6.1.4.1.99999.1', der.null())) },
  },
  'reason-code-defined': {
    fails: {
      seven: extended(reason(der.enumerated(7))),
      eleven: extended(reason(der.enumerated(11))),
      negative: extended(reason(der.enumerated(-1))),
      'removeFromCRL in a full CRL': extended(reason(der.enumerated(8))),
    },
    passes: {
      aACompromise: extended(reason(der.enumerated(10))),
      certificateHold: extended(reason(der.enumerated(6))),
      'removeFromCRL in a delta': tbsCertList(deltaCrl, {
        entries: [entryOf({ extensions: [reason(der.enumerated(8))] })],
      }),
    },
  },
  'reason-code-not-unspecified': {
    fails: { unspecified: extended(reason(der.enumerated(0))) },
    passes: { keyCompromise: extended(reason(der.enumerated(1))) },
  },
  'reason-code-not-critical': {
    fails: { critical: extended(reason(der.enumerated(1), true)) },
    passes: { 'not critical': extended(reason(der.enumerated(1))) },
  },
  'invalidity-date-form': {
    fails: {
      'no seconds': extended(invalidity('202602010000Z')),
      'a fraction': extended(invalidity('20260201000000.0Z')),
      'month 13': extended(invalidity('20261301000000Z')),
    },
    passes: { 'the form, also before 2050': extended(invalidity('20260201000000Z')) },
  },
  'invalidity-date-not-critical': {
    fails: { critical: extended(invalidity('20260201000000Z', true)) },
    passes: { 'not critical': extended(invalidity('20260201000000Z')) },
  },
  'certificate-issuer-only-in-indirect': {
    fails: {
      'in a direct CRL': extended(certificateIssuer(true)),
      'not critical': tbsCertList(indirectCrl, { entries: [entryOf({ extensions: [certificateIssuer(false)] })] }),
    },
    passes: {
      'critical in an indirect CRL': tbsCertList(indirectCrl, {
        entries: [entryOf({ extensions: [certificateIssuer(true)] })],
      }),
    },
  },
};
