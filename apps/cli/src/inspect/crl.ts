/** A CRL in words, and whether it holds. */
import { createPublicKey } from 'node:crypto';
import { findSignatureAlgorithm } from '@touchmark/crypto';
import { formatName, parseCertificate, parseCertificateList, sameName, verifyCrlSignature } from '@touchmark/x509';
import type { CertificateList } from '@touchmark/x509';
import { CliFailure, messageOf } from '../failure.ts';
import { withRelative } from '../output/words.ts';
import type { Cell } from '../output/table.ts';
import { extensionFact } from './certificate.ts';
import { describeExtension } from './extensions.ts';
import type { ExtensionDescription } from './extensions.ts';

export interface CrlEntryDescription {
  readonly serialNumber: string;
  readonly revocationDate: string;
  readonly reason: string;
  readonly invalidityDate: string | null;
}

export interface CrlDescription {
  readonly issuer: string;
  readonly number: string | null;
  readonly thisUpdate: string;
  readonly nextUpdate: string;
  readonly signatureAlgorithm: string;
  readonly entryCount: number;
  readonly extensions: readonly ExtensionDescription[];
  readonly entries: readonly CrlEntryDescription[];
}

export function parseCrl(der: Uint8Array): CertificateList {
  try {
    return parseCertificateList(der);
  } catch (error) {
    throw new CliFailure('failed', `This is not a CRL as RFC 5280 has it: ${messageOf(error)}`);
  }
}

export function describeCrl(crl: CertificateList): CrlDescription {
  const entries = [...crl.entries()].map((entry) => ({
    serialNumber: entry.serialNumberHex,
    revocationDate: entry.revocationDate.toISOString(),
    reason: entry.reason,
    invalidityDate: entry.invalidityDate?.toISOString() ?? null,
  }));
  return {
    issuer: formatName(crl.issuer),
    number: crl.crlNumber?.toString() ?? null,
    thisUpdate: crl.thisUpdate.toISOString(),
    nextUpdate: crl.nextUpdate.toISOString(),
    signatureAlgorithm: findSignatureAlgorithm(crl.signatureAlgorithmDer)?.name ?? 'unknown',
    entryCount: entries.length,
    extensions: crl.extensions.map(describeExtension),
    entries,
  };
}

export function crlFacts(crl: CrlDescription): readonly (readonly [string, string | Cell])[] {
  const stale = new Date(crl.nextUpdate).getTime() <= Date.now();
  return [
    ['Issuer', crl.issuer],
    ['CRL number', crl.number ?? '-'],
    ['This update', withRelative(crl.thisUpdate)],
    ['Next update', { text: withRelative(crl.nextUpdate), style: stale ? 'red' : undefined }],
    ['Signature', crl.signatureAlgorithm],
    ['Entries', String(crl.entryCount)],
    ...crl.extensions.map(extensionFact),
  ];
}

export interface Verdict {
  readonly check: string;
  readonly ok: boolean;
  readonly found: string;
}

/** RFC 5280 §6.3.3 as far as the CRL alone goes: the issuer's name and signature, and whether it is current at `now`. */
export function verifyCrl(crl: CertificateList, issuersDer: readonly Uint8Array[], now: Date): Verdict[] {
  const issuers = issuersDer.map(parseCertificate).filter(({ subject }) => sameName(subject, crl.issuer));
  const signed = issuers.some(({ subjectPublicKeyInfoDer }) =>
    verifyCrlSignature(
      crl,
      createPublicKey({ key: Buffer.from(subjectPublicKeyInfoDer), format: 'der', type: 'spki' }),
    ),
  );
  const { thisUpdate, nextUpdate } = crl;
  const current = thisUpdate <= now && now < nextUpdate;
  const issuer = formatName(crl.issuer);
  return [
    {
      check: 'issuer',
      ok: issuers.length > 0,
      found: issuers.length > 0 ? issuer : `none of the given certificates is of ${issuer}`,
    },
    { check: 'signature', ok: signed, found: signed ? 'verifies' : 'does not verify with any of them' },
    {
      check: 'current',
      ok: current,
      found: `thisUpdate ${withRelative(thisUpdate.toISOString())}, nextUpdate ${withRelative(nextUpdate.toISOString())}`,
    },
  ];
}
