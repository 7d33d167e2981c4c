/** The REST interface in one table: router, role check and OpenAPI document are made from it. */
import { z } from 'zod';
import { describeApi } from './openapi.ts';
import { jsonRoute } from './route.ts';
import type { Route } from './route.ts';
import { attemptRoutes } from './routes/attempts.ts';
import { authorityRoutes } from './routes/authorities.ts';
import { blockedKeyRoutes } from './routes/blocked-keys.ts';
import { certificateRoutes } from './routes/certificates.ts';
import { challengeRoutes } from './routes/challenges.ts';
import { crlRoutes } from './routes/crls.ts';
import { deviceRoutes } from './routes/devices.ts';
import { endpointRoutes } from './routes/endpoints.ts';
import { explainRoutes } from './routes/explain.ts';
import { hierarchyRoutes } from './routes/hierarchy.ts';
import { jobRoutes } from './routes/jobs.ts';
import { keyRoutes } from './routes/keys.ts';
import { pendingRequestRoutes } from './routes/pending-requests.ts';
import { principalRoutes } from './routes/principals.ts';
import { profileRoutes } from './routes/profiles.ts';
import { refusalRoutes } from './routes/refusals.ts';
import { revocationRoutes } from './routes/revocations.ts';
import { serviceRoutes, whoAmIRoute } from './routes/service.ts';

export const apiPrefix = '/api/v1';

export const routes: readonly Route[] = [
  ...certificateRoutes,
  ...revocationRoutes,
  ...jobRoutes,
  ...deviceRoutes,
  ...endpointRoutes,
  ...challengeRoutes,
  ...pendingRequestRoutes,
  ...attemptRoutes,
  ...explainRoutes,
  ...hierarchyRoutes,
  ...authorityRoutes,
  ...profileRoutes,
  ...crlRoutes,
  ...keyRoutes,
  ...blockedKeyRoutes,
  ...principalRoutes,
  ...serviceRoutes,
  ...refusalRoutes,
  whoAmIRoute(() => routes),
  jsonRoute({
    name: 'getOpenApi',
    method: 'GET',
    path: '/openapi.json',
    tag: 'service',
    summary: 'This interface in OpenAPI 3.1',
    access: { kind: 'public' },
    response: z.record(z.string(), z.unknown()),
    description: 'The OpenAPI document',
    handle: async () => openApiDocument(),
  }),
];

let document: Record<string, unknown> | undefined;

/** Made at the first request and kept: it depends on nothing but the table. */
export function openApiDocument(): Record<string, unknown> {
  document ??= describeApi(routes, apiPrefix);
  return document;
}
