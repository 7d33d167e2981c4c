/** Routes of enrollment endpoints and their secrets. */
import { actOf, linkToNext, pageOfQuery } from '../act.ts';
import { emptyRoute, jsonRoute } from '../route.ts';
import { pageOf } from '../schemas/common.ts';
import {
  CreateSecretBody,
  CreatedSecret,
  Endpoint,
  EndpointParams,
  Secret,
  SecretParams,
  SecretQuery,
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
    handle: async (_, { services }) => ({
      items: (await services.listEndpoints()).map(showEndpoint),
      nextCursor: null,
    }),
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
    description: 'The endpoint',
    handle: async ({ params }, { services }) => showEndpoint(await services.getEndpoint(params.label)),
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
