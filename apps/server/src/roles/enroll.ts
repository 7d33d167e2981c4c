/** The role `enroll`: EST over TLS, SCEP over plain HTTP. */
import { createEstHandler, estOverloaded } from '@touchmark/est';
import type { HttpHandler, HttpsListener } from '@touchmark/http';
import { createScepHandler } from '@touchmark/scep';
import type { Core } from '../core.ts';
import { EnrollmentReports } from '../enrollment-reports.ts';
import { CatalogEstAuthority } from '../est-authority.ts';
import { defaultLabel } from '../hierarchy.ts';
import type { Listeners } from '../listeners.ts';
import type { Metrics } from '../metrics.ts';
import type { OwnCertificates } from '../own-certificates.ts';
import { CatalogScepAuthority } from '../scep-authority.ts';
import type { ListenAddress } from '../settings.ts';

export function openEst(
  core: Core,
  own: OwnCertificates,
  listeners: Listeners,
  metrics: Metrics,
  listen: ListenAddress,
): Promise<HttpsListener> {
  const { logger } = core;
  const reports = new EnrollmentReports({ ...core, metrics });
  const handler = createEstHandler(new CatalogEstAuthority({ ...core, reports, defaultLabel }), {
    onError: (error, request) =>
      logger.error({ event: 'est.failed', requestId: request.id, error }, 'an EST request failed'),
  });
  const answer = { handler, overloaded: estOverloaded };
  return listeners.openTls('est', 'TOUCHMARK_EST_LISTEN', listen, own.listener, answer);
}

export function createScep(core: Core, own: OwnCertificates, metrics: Metrics): HttpHandler {
  const { logger, registry } = core;
  const authority = new CatalogScepAuthority({
    ...core,
    certificates: registry.revocation,
    crls: registry.crl,
    recipients: own.recipients,
    reports: new EnrollmentReports({ ...core, metrics }),
    onNextMissing: (error, endpointLabel) =>
      logger.error({ event: 'scep.nextMissing', endpointLabel, error }, 'GetNextCACert has nothing to tell'),
  });
  return createScepHandler(authority, {
    onError: (error, request) =>
      logger.error({ event: 'scep.failed', requestId: request.id, error }, 'a SCEP request failed'),
  });
}
