/** The role `enroll`: EST over TLS. */
import { createEstHandler, estOverloaded } from '@touchmark/est';
import type { HttpsListener } from '@touchmark/http';
import type { Core } from '../core.ts';
import { CatalogEstAuthority } from '../est-authority.ts';
import { defaultLabel } from '../hierarchy.ts';
import type { Listeners } from '../listeners.ts';
import type { Metrics } from '../metrics.ts';
import type { OwnCertificates } from '../own-certificates.ts';
import type { ListenAddress } from '../settings.ts';

export function openEst(
  core: Core,
  own: OwnCertificates,
  listeners: Listeners,
  metrics: Metrics,
  listen: ListenAddress,
): Promise<HttpsListener> {
  const { logger } = core;
  const handler = createEstHandler(new CatalogEstAuthority({ ...core, metrics, defaultLabel }), {
    onError: (error, request) =>
      logger.error({ event: 'est.failed', requestId: request.id, error }, 'an EST request failed'),
  });
  const answer = { handler, overloaded: estOverloaded };
  return listeners.openTls('est', 'TOUCHMARK_EST_LISTEN', listen, own.listener, answer);
}
