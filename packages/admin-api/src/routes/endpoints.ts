/** Routes of enrollment endpoints and their secrets. */
import type { EnrollmentEndpoint } from '@touchmark/ca';
import { actOf, linkToNext, pageOfQuery } from '../act.ts';
import type { EndpointServices, HierarchyServices } from '../ports.ts';
import { checkRevision, entityTag } from '../precondition.ts';
import { emptyRoute, jsonRoute } from '../route.ts';
import { pageOf } from '../schemas/common.ts';
import {
  CreateEndpointBody,
  CreateSecretBody,
  CreatedSecret,
  Endpoint,
  EndpointParams,
  Secret,
  SecretParams,
  SecretQuery,
  SetEndpointBody,
  showEndpoint,
  showSecret,
} from '../schemas/endpoint.ts';

const tag = 'endpoints';

export const endpointRoutes = [
  jsonRoute({
    name: 'listEndpoints',
    method: 'GET',
    path: '/endpoints',
    tag,
    summary: 'List enrollment endpoints',
    access: { kind: 'read', role: 'viewer' },
    response: pageOf(Endpoint),
    description: 'All endpoints',
    handle: async (_, { services }) => {
      const names = new Map((await services.listAuthorities()).map(({ id, name }) => [id, name]));
      const endpoints = await services.listEndpoints();
      return {
        items: endpoints.map((endpoint) =>
          showEndpoint(
            endpoint,
            services.describeEndpoint(endpoint),
            names.get(endpoint.authorityId) ?? endpoint.authorityId,
          ),
        ),
        nextCursor: null,
      };
    },
  }),
  jsonRoute({
    name: 'getEndpoint',
    method: 'GET',
    path: '/endpoints/{label}',
    tag,
    summary: 'Show an enrollment endpoint',
    access: { kind: 'read', role: 'viewer' },
    params: EndpointParams,
    response: Endpoint,
    description: 'The endpoint; its ETag is for If-Match',
    headers: ({ revision }) => ({ ETag: entityTag(revision) }),
    handle: async ({ params }, { services }) => show(await services.getEndpoint(params.label), services),
  }),
  jsonRoute({
    name: 'createEndpoint',
    method: 'POST',
    path: '/endpoints',
    tag,
    summary: 'Create an endpoint for EST or SCEP: a label bound to an authority and a profile',
    access: { kind: 'act', role: 'administrator' },
    body: CreateEndpointBody,
    status: 201,
    response: Endpoint,
    description: 'The endpoint; devices can enroll',
    headers: ({ label, revision }) => ({ ETag: entityTag(revision), Location: `/api/v1/endpoints/${label}` }),
    handle: async ({ body: { profile, ...rest } }, context) =>
      show(await context.services.createEndpoint({ ...rest, profileName: profile }, actOf(context)), context.services),
  }),
  jsonRoute({
    name: 'setEndpoint',
    method: 'PATCH',
    path: '/endpoints/{label}',
    tag,
    summary: 'Change an endpoint: its authority, its profile, what it accepts, whether it is enabled',
    access: { kind: 'act', role: 'administrator' },
    params: EndpointParams,
    body: SetEndpointBody,
    ifMatch: 'Changing an endpoint',
    response: Endpoint,
    description: 'The endpoint as it is now',
    headers: ({ revision }) => ({ ETag: entityTag(revision) }),
    handle: async ({ params: { label }, body }, context) => {
      const { services, seenRevision } = context;
      checkRevision(seenRevision, (await services.getEndpoint(label)).revision);
      const { profile, ...rest } = body;
      const changes = { ...rest, profileName: profile };
      return show(await services.setEndpoint(label, changes, seenRevision, actOf(context)), services);
    },
  }),
  jsonRoute({
    name: 'listSecrets',
    method: 'GET',
    path: '/endpoints/{label}/secrets',
    tag,
    summary: 'List the enrollment secrets of an endpoint, newest first; never the secrets themselves',
    access: { kind: 'read', role: 'operator' },
    params: EndpointParams,
    query: SecretQuery,
    response: pageOf(Secret),
    description: 'One page of secrets',
    headers: linkToNext,
    handle: async ({ params, query }, { services, now }) => {
      const page = await services.listSecrets(params.label, pageOfQuery(query));
      const at = now();
      return { items: page.items.map((secret) => showSecret(secret, at)), nextCursor: page.nextCursor ?? null };
    },
  }),
  jsonRoute({
    name: 'createSecret',
    method: 'POST',
    path: '/endpoints/{label}/secrets',
    tag,
    summary: 'Create an enrollment secret',
    access: { kind: 'act', role: 'operator' },
    params: EndpointParams,
    body: CreateSecretBody,
    idempotencyKey:
      'A second creation with the same key is refused with 409, naming the first: a secret cannot be shown twice.',
    status: 201,
    response: CreatedSecret,
    description: 'The secret, shown this once',
    handle: async ({ params, body }, context) => {
      const { services, now, idempotencyKey } = context;
      const request = {
        endpointLabel: params.label,
        deviceId: body.deviceId,
        maxUses: body.maxUses,
        expiresInSeconds: body.expiresInSeconds,
        idempotencyKey,
      };
      const { record, secret } = await services.createSecret(request, actOf(context));
      return { ...showSecret(record, now()), secret };
    },
  }),
  emptyRoute({
    name: 'revokeSecret',
    method: 'DELETE',
    path: '/endpoints/{label}/secrets/{id}',
    tag,
    summary: 'Revoke an enrollment secret',
    access: { kind: 'act', role: 'operator' },
    params: SecretParams,
    description: 'It cannot be used any more',
    handle: ({ params }, context) => context.services.revokeSecret(params.label, params.id, actOf(context)),
  }),
];

export async function show(
  endpoint: EnrollmentEndpoint,
  services: HierarchyServices & EndpointServices,
): Promise<Endpoint> {
  const { name } = await services.getAuthority(endpoint.authorityId);
  return showEndpoint(endpoint, services.describeEndpoint(endpoint), name);
}
