/** Lints the very bytes that a CA is about to sign as a certificate. */
import { Asn1Error } from '@touchmark/asn1';
import { certificateLints, subjectLints } from './certificate-lints.ts';
import { runLints, type LintFinding } from './lint.ts';
import { notDer } from './not-der.ts';
import { SoundFrames } from './sound-frames.ts';
import { criticalExtensionKnown, criticalExtensionKnownOr } from './signed/critical-extension-known.ts';
import {
  completeTbsCertificate,
  frameOf,
  parseTbsCertificate,
  readTbsCertificate,
} from './structure/tbs-certificate.ts';

const soundFrames = new SoundFrames();

/**
 * Every requirement that the DER TBSCertificate breaks; none means that it may be signed. Bytes that cannot be taken
 * apart are one finding, `not-der`. Never throws for what the bytes hold.
 *
 * What an authority puts into all its certificates of one kind is looked at once: a frame in which nothing was found is known
 * again by its octets, and what the subject has no part in is then left alone.
 *
 * @param agreedCriticalExtensions object identifiers of critical extensions that are not of RFC 5280 and yet wanted
 */
export function lintTbsCertificate(
  tbsCertificateDer: Uint8Array,
  agreedCriticalExtensions: readonly string[] = [],
): LintFinding[] {
  try {
    const octets = readTbsCertificate(tbsCertificateDer);
    const frame = frameOf(octets);
    const known = soundFrames.find(frame, agreedCriticalExtensions);
    if (known !== undefined) return runLints(subjectLints, completeTbsCertificate(known, octets));
    const tbsCertificate = parseTbsCertificate(octets);
    const findings = runLints(lintsFor(agreedCriticalExtensions), tbsCertificate);
    if (findings.length === 0) soundFrames.add(frame, agreedCriticalExtensions, tbsCertificate);
    return findings;
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    return [notDer('TBSCertificate', error)];
  }
}

function lintsFor(agreedCriticalExtensions: readonly string[]): typeof certificateLints {
  if (agreedCriticalExtensions.length === 0) return certificateLints;
  const known = criticalExtensionKnownOr(agreedCriticalExtensions);
  return certificateLints.map((lint) => (lint === criticalExtensionKnown ? known : lint));
}
