/** Routes of enrollment attempts. */
import { linkToNext, pageOfQuery } from '../act.ts';
import { jsonRoute } from '../route.ts';
import {
  Attempt,
  AttemptParams,
  AttemptQuery,
  AttemptSummary,
  showAttempt,
  showAttemptSummary,
} from '../schemas/attempt.ts';
import { pageOf } from '../schemas/common.ts';

const tag = 'attempts';

export const attemptRoutes = [
  jsonRoute({
    name: 'listAttempts',
    method: 'GET',
    path: '/attempts',
    tag,
    summary: 'List enrollment attempts, newest first',
    access: { kind: 'read', role: 'viewer' },
    query: AttemptQuery,
    response: pageOf(AttemptSummary),
    description: 'One page of attempts',
    headers: linkToNext,
    handle: async ({ query }, { services }) => {
      const { outcome, endpoint, deviceId, transactionId } = query;
      const filter = { outcomes: outcome, endpointLabel: endpoint, deviceId, transactionId };
      const page = await services.listAttempts(filter, pageOfQuery(query));
      return { items: page.items.map(showAttemptSummary), nextCursor: page.nextCursor ?? null };
    },
  }),
  jsonRoute({
    name: 'getAttempt',
    method: 'GET',
    path: '/attempts/{id}',
    tag,
    summary: 'Show an enrollment attempt with every step and the rule that decided',
    access: { kind: 'read', role: 'viewer' },
    params: AttemptParams,
    response: Attempt,
    description: 'The attempt',
    handle: async ({ params }, { services }) => showAttempt(await services.getAttempt(params.id)),
  }),
];
