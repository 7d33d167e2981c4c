/** Revoking a certificate: recorded, audited and due in the next CRL in one transaction. */
import { toHex } from '@touchmark/asn1';
import { lintCrlEntry } from '@touchmark/lint';
import { encodeCrlEntry } from '@touchmark/x509';
import { CaError } from './errors.ts';
import type { IssuedCertificate, RevocationReason } from './model.ts';
import type { Clock, RevocationRegistry } from './ports.ts';

/** Reasons an administrator may give (RFC 5280 §5.3.1); holds come with their own operation. */
export const revocationReasons = [
  'unspecified',
  'keyCompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'privilegeWithdrawn',
] as const satisfies readonly RevocationReason[];

export interface RevokeRequest {
  /** The certificate's id, or its serial number in hex. */
  readonly certificate: string;
  readonly reason: RevocationReason;
  readonly invalidityDate: Date | undefined;
  readonly principal: string;
  readonly remoteAddress: string | undefined;
  readonly correlationId: string | undefined;
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
  async revoke(
    request: RevokeRequest,
  ): Promise<{ readonly certificate: IssuedCertificate; readonly changed: boolean }> {
    const found = await this.#registry.findCertificate(request.certificate);
    if (found === undefined) throw notFound();
    const revokedAt = revocationDate(found, this.#clock.now());
    checkInvalidityDate(request.invalidityDate, this.#clock.now());
    if (found.profileName.startsWith('authority-')) {
      throw new CaError(
        'forbidden',
        'This is the certificate of an authority: revoking it locks out every device below it, and is not done like this.',
      );
    }
    const revocation = { revokedAt, reason: request.reason, invalidityDate: request.invalidityDate };
    const entry = encodeCrlEntry({ serialNumber: found.serialNumber, revocationDate: revokedAt, ...revocation });
    const findings = lintCrlEntry(entry);
    if (findings.length > 0) {
      const broken = findings.map(({ lint, message }) => `${lint}: ${message}`).join('; ');
      throw new CaError('lintFailed', `The CRL entry of this revocation would be wrong: ${broken}`);
    }
    const result = await this.#registry.revoke(found.id, revocation, entry, {
      at: this.#clock.now(),
      actor: `principal:${request.principal}`,
      remoteAddress: request.remoteAddress,
      action: 'certificate.revoked',
      subject: `certificate:${found.id}`,
      correlationId: request.correlationId,
      details: {
        serialNumber: toHex(found.serialNumber),
        reason: request.reason,
        invalidityDate: request.invalidityDate?.toISOString() ?? null,
        device: found.deviceId ?? null,
      },
    });
    switch (result.kind) {
      case 'revoked':
        return { certificate: result.certificate, changed: true };
      case 'alreadyRevoked':
        return { certificate: result.certificate, changed: false };
      case 'notFound':
        throw notFound();
    }
  }
}

/** Whole seconds, as the CRL can say it. A reason that is raised later leaves the date as it is; the end of a hold does not. */
function revocationDate({ revocation }: IssuedCertificate, now: Date): Date {
  const earlier = revocation?.reason === 'certificateHold' ? undefined : revocation?.revokedAt;
  return earlier ?? new Date(Math.floor(now.getTime() / 1000) * 1000);
}

function checkInvalidityDate(invalidityDate: Date | undefined, now: Date): void {
  if (invalidityDate === undefined) return;
  if (invalidityDate > now || invalidityDate.getUTCFullYear() < 1950) {
    throw new CaError(
      'invalidArgument',
      'The invalidity date says since when the key is suspect: not before 1950, and not in the future.',
    );
  }
}

function notFound(): CaError {
  return new CaError('notFound', 'There is no such certificate. Give its id or its serial number in hex.');
}
