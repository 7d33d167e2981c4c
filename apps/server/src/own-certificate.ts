/**
 * Certificates of the service itself (listeners, OCSP responders, the administrator of this host): issued by the same cycle
 * as all others, and renewed by themselves.
 */
import type { Clock, IssuedCertificate, PrincipalIssuance, Profile } from '@touchmark/ca';
import type { Signer } from '@touchmark/crypto';
import { createCertificationRequest } from '@touchmark/x509';
import type { GeneralName, NameAttribute } from '@touchmark/x509';

export interface OwnCertificateRequest {
  /** What it is for, e.g. `ocsp:issuing`; part of the idempotency key. */
  readonly purpose: string;
  readonly profile: Profile;
  readonly authorityName: string;
  /** The last attribute is the commonName. */
  readonly subject: readonly NameAttribute[];
  readonly subjectAltNames: readonly GeneralName[];
  readonly signer: Signer;
}

/**
 * The certificate of the current period: a third of its life. Every node and every restart within the period gets the same
 * one, so a restart changes nothing; the first call in a new period renews.
 */
export async function currentOwnCertificate(
  request: OwnCertificateRequest,
  dependencies: { readonly principalIssuance: PrincipalIssuance; readonly clock: Clock },
): Promise<IssuedCertificate> {
  const requestDer = await createCertificationRequest({
    subject: request.subject,
    signer: request.signer,
  });
  const periodMilliseconds = (request.profile.rules.validity.seconds * 1000) / 3;
  const period = Math.floor(dependencies.clock.now().getTime() / periodMilliseconds);
  // A certificate that an administrator revoked is not taken again: the next one of the period takes its place.
  for (let attempt = 0; attempt < 16; attempt++) {
    const outcome = await dependencies.principalIssuance.issue({
      protocol: 'system',
      principal: 'system',
      remoteAddress: undefined,
      profile: request.profile,
      authorityName: request.authorityName,
      requestDer,
      commonName: request.subject.at(-1)?.value,
      subjectAltNames: request.subjectAltNames,
      deviceId: undefined,
      idempotencyKey: `${request.purpose}:${request.profile.version}:${period}:${attempt}`,
    });
    if (outcome.kind === 'refused') throw outcome.error;
    if (outcome.certificate.revocation === undefined) return outcome.certificate;
  }
  throw new Error(`Too many certificates for ${request.purpose} were revoked in this period.`);
}
