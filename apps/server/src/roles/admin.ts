/** The role `admin`: the REST API over TLS. */
import { createAdminApp } from '@touchmark/admin-api';
import type { RequestEvent } from '@touchmark/admin-api';
import type { HttpsListener } from '@touchmark/http';
import { createAdminServices } from '../admin-services.ts';
import type { Core } from '../core.ts';
import { urlOf } from '../listener-names.ts';
import type { Listeners } from '../listeners.ts';
import type { Metrics } from '../metrics.ts';
import type { OwnCertificates } from '../own-certificates.ts';
import type { Readiness } from '../readiness.ts';
import type { ListenAddress } from '../settings.ts';

export interface AdminDependencies {
  readonly core: Core;
  readonly own: OwnCertificates;
  readonly listeners: Listeners;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  readonly estUrl: string | undefined;
}

export async function openAdmin(dependencies: AdminDependencies, listen: ListenAddress): Promise<HttpsListener> {
  const { core, own, listeners } = dependencies;
  const { logger, clock } = core;
  let { port } = listen;
  const adminUrl = (): string => urlOf('https', { host: listen.host, port });
  const app = createAdminApp({
    services: createAdminServices({ ...core, ...dependencies, adminUrl }),
    now: () => clock.now(),
    onRequest: (event) => logRequest(core, event),
    onError: (error, requestId) =>
      logger.error({ event: 'admin.failed', requestId, error }, 'an administration request failed'),
  });
  const listener = await listeners.openTls('admin', 'TOUCHMARK_ADMIN_LISTEN', listen, own.listener, {
    requestListener: app,
  });
  ({ port } = listener);
  return listener;
}

/** Acts and refusals are worth a line; reading is not. */
function logRequest({ logger }: Core, { principal, ...event }: RequestEvent): void {
  const level = event.method === 'GET' && event.status < 400 ? 'debug' : 'info';
  logger[level]({ ...event, event: 'admin.request', principal: principal?.name, role: principal?.role }, 'answered');
}
