/** When a device should renew its certificate. */
import { decodePem, isPem } from '@touchmark/asn1';
import { sha256 } from '@touchmark/crypto';
import { parseCertificate } from '@touchmark/x509';

export interface RenewalOptions {
  /** Share of the life after which to renew; default 80. */
  readonly targetPercent?: number | undefined;
  /** Spread around the target in percent of the life; default 10, so that a batch made together does not renew together. */
  readonly jitterPercent?: number | undefined;
}

/** The same time at every call for the same certificate: the jitter comes from its digest. */
export function renewalTimeOf(certificate: Uint8Array | string, options: RenewalOptions = {}): Date {
  const { targetPercent = 80, jitterPercent = 10 } = options;
  const certificateDer = toDer(certificate);
  const { notBefore, notAfter } = parseCertificate(certificateDer);
  const spread = new DataView(sha256(certificateDer).buffer).getUint32(0) / 0xffffffff;
  const percent = targetPercent + (spread - 0.5) * jitterPercent;
  const life = notAfter.getTime() - notBefore.getTime();
  return new Date(notBefore.getTime() + (life * Math.min(100, Math.max(0, percent))) / 100);
}

/** @param certificate DER, or PEM whose first certificate counts */
export function needsRenewal(certificate: Uint8Array | string, now: Date, options: RenewalOptions = {}): boolean {
  return now >= renewalTimeOf(certificate, options);
}

function toDer(certificate: Uint8Array | string): Uint8Array {
  if (typeof certificate !== 'string' && !isPem(certificate)) return certificate;
  const text = typeof certificate === 'string' ? certificate : Buffer.from(certificate).toString('latin1');
  const block = decodePem(text).find(({ label }) => label === 'CERTIFICATE');
  if (block === undefined) throw new TypeError('There is no certificate in the PEM text.');
  return block.bytes;
}
