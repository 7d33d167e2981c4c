/** The older certificates of a device, once it has a newer one: revoked as superseded, if the profile says so. */
import { toHex } from '@touchmark/asn1';
import { CaError } from './errors.ts';
import type { AuditEvent, IssuedCertificate } from './model.ts';
import type { CatalogRegistry, Clock } from './ports.ts';
import type { Profile, ProfileRules } from './profile.ts';

/** That a certificate is in use: its device proved its key, here or to a relying party. */
export interface Sighting {
  readonly certificateId: string;
  readonly at: Date;
  /** `est`, or the principal that reported it. */
  readonly reportedBy: string;
}

export interface SightingOutcome {
  /** The first one: later ones are not recorded. */
  readonly sighting: Sighting;
  readonly changed: boolean;
}

export type SupersessionStep =
  | { readonly kind: 'revoked'; readonly count: number }
  /** Nothing is due. */
  | { readonly kind: 'idle' };

export interface SuccessionRegistry {
  /**
   * Recorded once for each certificate. With the first, in one transaction, the audit event, and the time at which the older
   * certificates are to be revoked; undefined: they are not.
   */
  recordSighting(sighting: Sighting, supersedeAt: Date | undefined, audit: AuditEvent): Promise<SightingOutcome>;
  /**
   * Does what is due for one certificate, in one transaction: every older one of its device and profile that is not revoked
   * becomes superseded. Nothing of that happens when the newer one was revoked meanwhile, and nothing yet while it is on hold.
   */
  revokeSuperseded(now: Date): Promise<SupersessionStep>;
}

/** What the commit of a certificate is told: after how many seconds the older ones are to be revoked. */
export function supersededAfter({ rules }: Profile): { readonly supersedeAfterSeconds?: number } {
  const { oldCertificate, oldCertificateDelaySeconds } = rules.renewal;
  return oldCertificate === 'revokeAtIssuance' ? { supersedeAfterSeconds: oldCertificateDelaySeconds } : {};
}

export interface SuccessionDependencies {
  readonly registry: SuccessionRegistry;
  readonly profiles: Pick<CatalogRegistry, 'findProfile'>;
  readonly clock: Clock;
}

export class Succession {
  readonly #dependencies: SuccessionDependencies;

  constructor(dependencies: SuccessionDependencies) {
    this.#dependencies = dependencies;
  }

  /** For a certificate that has just authenticated an enrollment; costs nothing unless its profile waits for that. */
  async noteUse(certificate: IssuedCertificate, rules: ProfileRules, remoteAddress: string): Promise<void> {
    if (rules.renewal.oldCertificate !== 'revokeWhenNewSeen') return;
    const actor = `certificate:${toHex(certificate.fingerprintSha256)}`;
    await this.#record(certificate, rules, 'est', { actor, remoteAddress, correlationId: undefined });
  }

  /**
   * A relying party or an administrator saw it in use.
   *
   * @throws CaError `certificateRevoked`, `certificateHeld`: nobody was to accept it
   */
  async report(
    certificate: IssuedCertificate,
    origin: { readonly principal: string; readonly remoteAddress: string; readonly correlationId: string },
  ): Promise<SightingOutcome> {
    const { revocation } = certificate;
    if (revocation !== undefined) {
      const held = revocation.reason === 'certificateHold';
      throw new CaError(
        held ? 'certificateHeld' : 'certificateRevoked',
        `The certificate is ${held ? 'on hold' : 'revoked'} since ${revocation.revokedAt.toISOString()}. A relying party that accepts it does not check CRLs or OCSP: see to that.`,
      );
    }
    const profile = await this.#dependencies.profiles.findProfile(certificate.profileName);
    const { principal, remoteAddress, correlationId } = origin;
    return this.#record(certificate, profile?.rules, principal, {
      actor: `principal:${principal}`,
      remoteAddress,
      correlationId,
    });
  }

  #record(
    certificate: IssuedCertificate,
    rules: ProfileRules | undefined,
    reportedBy: string,
    origin: Pick<AuditEvent, 'actor' | 'remoteAddress' | 'correlationId'>,
  ): Promise<SightingOutcome> {
    const { registry, clock } = this.#dependencies;
    const at = clock.now();
    const renewal = rules?.renewal;
    const supersedes = renewal?.oldCertificate === 'revokeWhenNewSeen' && certificate.deviceId !== undefined;
    const supersedeAt = supersedes ? new Date(at.getTime() + renewal.oldCertificateDelaySeconds * 1000) : undefined;
    return registry.recordSighting({ certificateId: certificate.id, at, reportedBy }, supersedeAt, {
      ...origin,
      at,
      action: 'certificate.seen',
      subject: `certificate:${certificate.id}`,
      details: {
        serialNumber: toHex(certificate.serialNumber),
        device: certificate.deviceId ?? null,
        olderRevokedAt: supersedeAt?.toISOString() ?? null,
      },
    });
  }
}
