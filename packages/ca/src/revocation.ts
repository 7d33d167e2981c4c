/** Revoking a certificate, holding and releasing it: recorded, audited and due in the next CRL in one transaction. */
import { toHex } from '@touchmark/asn1';
import { sha256 } from '@touchmark/crypto';
import { lintCrlEntry } from '@touchmark/lint';
import { encodeCrlEntry } from '@touchmark/x509';
import { CaError } from './errors.ts';
import type { AuditEvent, Authority, IssuedCertificate, Revocation, RevocationReason } from './model.ts';
import type { Clock, RevocationRegistry } from './ports.ts';
import { authorityRevocationReasons, checkReason, isCompromise, revocationReasons } from './revocation-reasons.ts';

/** Who wants it, for the audit event. */
export interface RevocationOrigin {
  readonly principal: string;
  readonly remoteAddress: string | undefined;
  readonly correlationId: string | undefined;
}

export interface RevokeRequest extends RevocationOrigin {
  /** The certificate's id, or its serial number in hex. */
  readonly certificate: string;
  readonly reason: RevocationReason;
  readonly invalidityDate: Date | undefined;
}

export interface RevokeAuthorityRequest extends RevocationOrigin {
  readonly authority: Authority;
  readonly reason: RevocationReason;
  readonly invalidityDate: Date | undefined;
}

export interface HoldRequest extends RevocationOrigin {
  readonly certificate: string;
}

export interface RevocationOutcome {
  readonly certificate: IssuedCertificate;
  /** False: it was so before. */
  readonly changed: boolean;
}

export class RevocationService {
  readonly #registry: RevocationRegistry;
  readonly #clock: Clock;

  constructor(dependencies: { readonly registry: RevocationRegistry; readonly clock: Clock }) {
    this.#registry = dependencies.registry;
    this.#clock = dependencies.clock;
  }

  /**
   * When it resolves, every later OCSP answer and CRL says revoked. Revoking again is not an error: the first revocation
   * stands and is returned, with `changed` false, unless the new reason is keyCompromise, which the key is blocked for.
   */
  async revoke(request: RevokeRequest): Promise<RevocationOutcome> {
    checkReason(request.reason, revocationReasons);
    const found = await this.#find(request.certificate);
    checkEndEntity(found);
    return this.#record(found, request, request, 'certificate.revoked');
  }

  /**
   * Until the release, OCSP and CRLs say certificateHold and the certificate renews nothing.
   *
   * @throws CaError `alreadyRevoked` for one that is revoked for good
   */
  async hold(request: HoldRequest): Promise<RevocationOutcome> {
    const found = await this.#find(request.certificate);
    checkEndEntity(found);
    const wanted = { reason: 'certificateHold', invalidityDate: undefined } as const;
    const outcome = await this.#record(found, wanted, request, 'certificate.held');
    const { revocation } = outcome.certificate;
    if (revocation !== undefined && revocation.reason !== 'certificateHold') {
      throw new CaError(
        'alreadyRevoked',
        `The certificate was revoked for good at ${revocation.revokedAt.toISOString()} (${revocation.reason}); a hold would say less.`,
      );
    }
    return outcome;
  }

  /**
   * Ends a hold: OCSP says good again, and the next CRL has no entry any more. It can be held again, or revoked.
   *
   * @throws CaError `certificateNotHeld`; `keyBlocked` when its key was found compromised meanwhile
   */
  async release(request: HoldRequest): Promise<RevocationOutcome> {
    const found = await this.#find(request.certificate);
    const audit = this.#auditOf(found, request, 'certificate.released', {});
    const result = await this.#registry.release(found.id, audit);
    switch (result.kind) {
      case 'released':
        return { certificate: result.certificate, changed: true };
      case 'notHeld':
        throw notHeld(result.certificate);
      case 'keyCompromised':
        throw new CaError(
          'keyBlocked',
          'The key of this certificate was revoked as compromised: it stays on hold. Revoke it, and issue a new one.',
        );
      case 'notFound':
        throw notFound();
    }
  }

  /**
   * Revokes the certificate of an issuing CA, in the CRL of its issuer. Whatever it issued is worth nothing from then on, and
   * it issues nothing more.
   *
   * @throws CaError `conflict` for a root: nobody who still trusts it could learn of it from itself
   */
  async revokeAuthority(request: RevokeAuthorityRequest): Promise<RevocationOutcome> {
    checkReason(request.reason, authorityRevocationReasons);
    const { authority } = request;
    if (authority.issuerId === undefined) {
      throw new CaError(
        'conflict',
        `"${authority.name}" is a root: there is no one above it to revoke it. Take it out of the trust stores of the relying parties, and revoke the authorities below it.`,
      );
    }
    const found = await this.#registry.findCertificateByFingerprint(sha256(authority.certificateDer));
    if (found === undefined) throw new CaError('internal', `The certificate of "${authority.name}" is not on record.`);
    return this.#record(found, request, request, 'authority.revoked', { authority: authority.name });
  }

  async #find(reference: string): Promise<IssuedCertificate> {
    const found = await this.#registry.findCertificate(reference);
    if (found === undefined) throw notFound();
    return found;
  }

  async #record(
    found: IssuedCertificate,
    { reason, invalidityDate }: Pick<Revocation, 'reason' | 'invalidityDate'>,
    origin: RevocationOrigin,
    action: string,
    details: AuditEvent['details'] = {},
  ): Promise<RevocationOutcome> {
    const now = this.#clock.now();
    checkInvalidityDate(invalidityDate, now);
    const revocation = { revokedAt: wholeSeconds(now), reason, invalidityDate };
    const entry = crlEntryOf(found.serialNumber, revocation);
    const audit = this.#auditOf(found, origin, action, {
      ...details,
      reason,
      invalidityDate: invalidityDate?.toISOString() ?? null,
    });
    const result = await this.#registry.revoke(found.id, revocation, entry, audit);
    switch (result.kind) {
      case 'revoked':
        return { certificate: result.certificate, changed: true };
      case 'alreadyRevoked':
        return { certificate: result.certificate, changed: false };
      case 'notFound':
        throw notFound();
    }
  }

  #auditOf(
    found: IssuedCertificate,
    { principal, remoteAddress, correlationId }: RevocationOrigin,
    action: string,
    details: AuditEvent['details'],
  ): AuditEvent {
    return {
      at: this.#clock.now(),
      actor: `principal:${principal}`,
      remoteAddress,
      action,
      subject: `certificate:${found.id}`,
      correlationId,
      details: { serialNumber: toHex(found.serialNumber), ...details, device: found.deviceId ?? null },
    };
  }
}

/** As the CRL can say it. */
export function wholeSeconds(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}

/** One linted entry of revokedCertificates. @throws CaError `lintFailed` */
export function crlEntryOf(serialNumber: Uint8Array, revocation: Revocation): Uint8Array {
  const entry = encodeCrlEntry({ serialNumber, revocationDate: revocation.revokedAt, ...revocation });
  const findings = lintCrlEntry(entry);
  if (findings.length === 0) return entry;
  const broken = findings.map(({ lint, message }) => `${lint}: ${message}`).join('; ');
  throw new CaError('lintFailed', `The CRL entry of this revocation would be wrong: ${broken}`);
}

/**
 * What is to be on record; undefined: what is there stands. A hold may become a revocation, which is then as old as the hold:
 * X.509 dates it from when the certificate was placed on hold (reasonCode). That the key is compromised may turn out later: the
 * certificate stays revoked since when it was.
 */
export function successorOf(stored: Revocation | undefined, wanted: Revocation): Revocation | undefined {
  if (stored === undefined) return wanted;
  if (stored.reason === wanted.reason) return undefined;
  const held = stored.reason === 'certificateHold';
  if (!held && (!isCompromise(wanted.reason) || isCompromise(stored.reason))) return undefined;
  return { ...wanted, revokedAt: stored.revokedAt, invalidityDate: wanted.invalidityDate ?? stored.invalidityDate };
}

/** @throws CaError `invalidArgument` */
export function checkInvalidityDate(invalidityDate: Date | undefined, now: Date): void {
  if (invalidityDate === undefined) return;
  if (invalidityDate > now || invalidityDate.getUTCFullYear() < 1950) {
    throw new CaError(
      'invalidArgument',
      'The invalidity date says since when the key is suspect: not before 1950, and not in the future.',
    );
  }
}

function checkEndEntity({ profileName }: IssuedCertificate): void {
  if (!isAuthorityProfile(profileName)) return;
  throw new CaError(
    'forbidden',
    'This is the certificate of an authority: revoking it locks out every device below it, and is done only with: touchmark ca revoke NAME.',
  );
}

/** Authorities are certified by no profile of the catalog but under these names. */
function isAuthorityProfile(profileName: string): boolean {
  return profileName.startsWith('authority-');
}

function notHeld({ revocation }: IssuedCertificate): CaError {
  return new CaError(
    'certificateNotHeld',
    revocation === undefined
      ? 'The certificate is not on hold: there is nothing to release.'
      : `The certificate is revoked for good (${revocation.reason}); only a hold can be released. Issue a new certificate instead.`,
  );
}

function notFound(): CaError {
  return new CaError('notFound', 'There is no such certificate. Give its id or its serial number in hex.');
}
