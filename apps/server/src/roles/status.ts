/** The role `status`: CRL, OCSP, CA certificates and status in JSON, over plain HTTP. */
import { crlRoutes } from '@touchmark/crl';
import { createRouter } from '@touchmark/http';
import type { HttpHandler } from '@touchmark/http';
import { ocspRoutes, statusRoutes } from '@touchmark/ocsp';
import type { Core } from '../core.ts';
import type { OcspResponders } from '../ocsp-responders.ts';

export function createStatusHandler(core: Core, responders: OcspResponders): HttpHandler {
  const { catalog, clock, registry, logger } = core;
  const onError = (error: unknown): void =>
    logger.error({ event: 'status.failed', error }, 'a status answer could not be given');
  return createRouter([
    ...crlRoutes({ registry: registry.crl, clock, authorities: catalog, onError }),
    ...ocspRoutes({ findResponder: (name) => responders.find(name), clock }),
    ...statusRoutes({ authorities: catalog, statuses: registry.status, clock, onError }),
  ]);
}
