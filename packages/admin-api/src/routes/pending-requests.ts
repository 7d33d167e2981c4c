/** Routes of requests that wait for an administrator. */
import { actOf, linkToNext, pageOfQuery } from '../act.ts';
import { jsonRoute } from '../route.ts';
import { pageOf } from '../schemas/common.ts';
import {
  ApprovedRequest,
  PendingRequest,
  PendingRequestParams,
  PendingRequestQuery,
  PendingRequestSummary,
  RejectRequestBody,
  showApproved,
  showPendingRequest,
  showPendingSummary,
} from '../schemas/pending-request.ts';
import type { Binding } from '../schemas/pending-request.ts';
import type { EndpointServices, HierarchyServices } from '../ports.ts';

const tag = 'requests';

export const pendingRequestRoutes = [
  jsonRoute({
    name: 'listPendingRequests',
    method: 'GET',
    path: '/requests',
    tag,
    summary: 'List the requests that wait for an administrator, or were decided; last come first',
    access: { kind: 'read', role: 'viewer' },
    query: PendingRequestQuery,
    response: pageOf(PendingRequestSummary),
    description: 'One page of requests',
    headers: linkToNext,
    handle: async ({ query }, { services }) => {
      const filter = { state: query.state === 'all' ? undefined : query.state, endpointLabel: query.endpoint };
      const page = await services.listPendingRequests(filter, pageOfQuery(query));
      const bindings = await bindingsOf(services);
      return {
        items: page.items.map((request) => showPendingSummary(request, bindings(request))),
        nextCursor: page.nextCursor ?? null,
      };
    },
  }),
  jsonRoute({
    name: 'getPendingRequest',
    method: 'GET',
    path: '/requests/{id}',
    tag,
    summary: 'Show a request that waits for an administrator, or was decided',
    access: { kind: 'read', role: 'viewer' },
    params: PendingRequestParams,
    response: PendingRequest,
    description: 'The request',
    handle: async ({ params }, { services }) => {
      const request = await services.getPendingRequest(params.id);
      return showPendingRequest(request, (await bindingsOf(services))(request));
    },
  }),
  jsonRoute({
    name: 'approveRequest',
    method: 'POST',
    path: '/requests/{id}/approve',
    tag,
    summary: 'Approve a request: its certificate is issued, and given to the device when it asks again',
    access: { kind: 'act', role: 'officer' },
    params: PendingRequestParams,
    response: ApprovedRequest,
    description: 'The approval is on record; outcome says what came of it',
    handle: async ({ params }, context) => {
      const { request, outcome } = await context.services.approveRequest(params.id, actOf(context));
      return showApproved(request, outcome, (await bindingsOf(context.services))(request));
    },
  }),
  jsonRoute({
    name: 'rejectRequest',
    method: 'POST',
    path: '/requests/{id}/reject',
    tag,
    summary: 'Reject a request; the device is told when it asks again',
    access: { kind: 'act', role: 'officer' },
    params: PendingRequestParams,
    body: RejectRequestBody,
    response: PendingRequestSummary,
    description: 'The rejection is on record',
    handle: async ({ params, body }, context) => {
      const request = await context.services.rejectRequest(params.id, body.reason, actOf(context));
      return showPendingSummary(request, (await bindingsOf(context.services))(request));
    },
  }),
];

async function bindingsOf(
  services: HierarchyServices & EndpointServices,
): Promise<(request: Pick<PendingRequest, 'endpointLabel'>) => Binding> {
  const names = new Map((await services.listAuthorities()).map(({ id, name }) => [id, name]));
  const endpoints = new Map((await services.listEndpoints()).map((endpoint) => [endpoint.label, endpoint]));
  return ({ endpointLabel }) => {
    const endpoint = endpoints.get(endpointLabel);
    if (endpoint === undefined) return { authority: null, profile: null };
    const { authorityId, profile } = endpoint;
    return {
      authority: names.get(authorityId) ?? authorityId,
      profile: { name: profile.name, version: profile.version },
    };
  };
}
