/** Verified CRLs, ready to be asked about serial numbers. */
import { parseCertificateList, verifyCrlSignature } from '@touchmark/x509';
import type { Certificate, CertificateList } from '@touchmark/x509';
import { covers, scopeOf } from './crl-scope.ts';
import type { CrlScope } from './crl-scope.ts';
import { fingerprintOf, maySignCrls } from './issuing-certificates.ts';
import type { IssuingCertificate, IssuingCertificates } from './issuing-certificates.ts';
import type { RevocationVerdict } from './revocation-verdict.ts';

interface VerifiedCrl {
  readonly signer: IssuingCertificate;
  readonly scope: CrlScope;
  readonly number: bigint;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  /** By serial number in hex. */
  readonly revoked: ReadonlyMap<string, { readonly revokedAt: Date; readonly reason: string }>;
}

/** How far ahead of ours the clock of the CA may be. */
const skewMilliseconds = 300_000;

export type AddResult = { readonly kind: 'held'; readonly nextUpdate: Date } | { readonly kind: 'unknownIssuer' };

export class CrlStore {
  readonly #issuers: IssuingCertificates;
  /** By signing certificate and scope. */
  readonly #crls = new Map<string, VerifiedCrl>();

  constructor(issuers: IssuingCertificates) {
    this.#issuers = issuers;
  }

  /** Throws when the CRL is malformed, not signed by the CA it names, or from the future. An older one than held changes nothing. */
  add(crlDer: Uint8Array, now: Date): AddResult {
    const crl = parseCertificateList(crlDer);
    const candidates = this.#issuers.named(crl.issuer).filter(({ certificate }) => maySignCrls(certificate));
    if (candidates.length === 0) return { kind: 'unknownIssuer' };
    const signer = candidates.find(({ publicKey }) => verifyCrlSignature(crl, publicKey));
    if (signer === undefined) throw new Error('The signature of the CRL is not by the CA it names.');
    if (crl.thisUpdate.getTime() > now.getTime() + skewMilliseconds) {
      throw new Error(`The CRL is of ${crl.thisUpdate.toISOString()}, which is in the future.`);
    }
    const scope = scopeOf(crl);
    const key = `${fingerprintOf(signer.certificate.der)} ${scope.onlyContains} ${scope.urls.join(' ')}`;
    const held = this.#crls.get(key);
    const number = crl.crlNumber ?? 0n;
    if (held !== undefined && isOlder(crl.thisUpdate, number, held))
      return { kind: 'held', nextUpdate: held.nextUpdate };
    const { thisUpdate, nextUpdate } = crl;
    this.#crls.set(key, { signer, scope, number, thisUpdate, nextUpdate, revoked: indexEntries(crl) });
    return { kind: 'held', nextUpdate };
  }

  /** What the CRLs of `issuer` say; undefined when none of them is for such a certificate. */
  find(certificate: Certificate, issuer: IssuingCertificate, now: Date): RevocationVerdict | undefined {
    const ofIssuer = [...this.#crls.values()].filter(
      ({ signer, scope }) => signer === issuer && covers(scope, certificate),
    );
    if (ofIssuer.length === 0) return undefined;
    for (const { revoked } of ofIssuer) {
      // Said once is said: also by a CRL that is out of date.
      const entry = revoked.get(certificate.serialNumberHex);
      if (entry !== undefined && entry.reason !== 'certificateHold') return { kind: 'revoked', ...entry };
    }
    const current = ofIssuer.filter(({ nextUpdate }) => now < nextUpdate);
    if (current.length === 0) {
      return { kind: 'unavailable', message: 'The CRL for the certificate is past its nextUpdate.' };
    }
    const held = current
      .map(({ revoked }) => revoked.get(certificate.serialNumberHex))
      .find((entry) => entry !== undefined);
    return held === undefined ? { kind: 'good' } : { kind: 'revoked', ...held };
  }
}

/** An old CRL that somebody sends again must not undo a revocation. */
function isOlder(thisUpdate: Date, number: bigint, held: VerifiedCrl): boolean {
  return number < held.number || thisUpdate < held.thisUpdate;
}

function indexEntries(crl: CertificateList): VerifiedCrl['revoked'] {
  const revoked = new Map<string, { revokedAt: Date; reason: string }>();
  for (const { serialNumberHex, revocationDate, reason } of crl.entries()) {
    revoked.set(serialNumberHex, { revokedAt: revocationDate, reason });
  }
  return revoked;
}
