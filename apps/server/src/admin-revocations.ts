/** Revoking, holding and releasing as the administration interface asks for it. */
import type { Act, CertificateReference, RevocationServices } from '@touchmark/admin-api';
import { CaError } from '@touchmark/ca';
import type {
  Authority,
  Catalog,
  IssuedCertificate,
  RevocationOutcome,
  RevocationService,
  Succession,
} from '@touchmark/ca';
import type { AdminPrincipals } from './admin-principals.ts';
import type { Metrics } from './metrics.ts';

export interface AdminRevocationsDependencies {
  readonly revocation: RevocationService;
  readonly succession: Succession;
  readonly catalog: Pick<Catalog, 'refresh'>;
  readonly metrics: Metrics;
  readonly getCertificate: (reference: CertificateReference) => Promise<IssuedCertificate>;
  readonly authorityNamed: (idOrName: string) => Authority;
  readonly guardCertificate: AdminPrincipals['guardCertificate'];
}

export function createAdminRevocations(dependencies: AdminRevocationsDependencies): RevocationServices {
  const { revocation, succession, catalog, metrics, getCertificate, authorityNamed, guardCertificate } = dependencies;
  const originOf = ({ principal, remoteAddress, correlationId }: Act) => ({
    principal: principal.name,
    remoteAddress,
    correlationId,
  });
  const count = (outcome: RevocationOutcome): RevocationOutcome => {
    const { revocation: now } = outcome.certificate;
    if (!outcome.changed) return outcome;
    if (now === undefined) metrics.release();
    else metrics.revocation(now.reason);
    return outcome;
  };

  return {
    async revokeCertificate(reference, { reason, invalidityDate }, act) {
      const { id, fingerprintSha256 } = await getCertificate(reference);
      const request = { certificate: id, reason, invalidityDate, ...originOf(act) };
      return count(await guardCertificate(fingerprintSha256, act, () => revocation.revoke(request)));
    },

    async holdCertificate(reference, act) {
      const { id, fingerprintSha256 } = await getCertificate(reference);
      const request = { certificate: id, ...originOf(act) };
      return count(await guardCertificate(fingerprintSha256, act, () => revocation.hold(request)));
    },

    async releaseCertificate(reference, act) {
      const { id } = await getCertificate(reference);
      return count(await revocation.release({ certificate: id, ...originOf(act) }));
    },

    async reportSeen(reference, act) {
      return succession.report(await getCertificate(reference), originOf(act));
    },

    async revokeAuthority(idOrName, { reason, invalidityDate, confirm }, act) {
      const authority = authorityNamed(idOrName);
      if (confirm !== authority.name) {
        throw new CaError(
          'invalidArgument',
          `Revoking "${authority.name}" locks out everything that it issued. Say so by giving its name as "confirm".`,
        );
      }
      const outcome = await revocation.revokeAuthority({ authority, reason, invalidityDate, ...originOf(act) });
      // It issues nothing more: the other nodes see it with their next look at the catalog, this one now.
      await catalog.refresh();
      return count(outcome);
    },
  };
}
