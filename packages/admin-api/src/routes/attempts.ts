/** Routes of enrollment attempts. */
import { setImmediate } from 'node:timers/promises';
import { linkToNext, pageOfQuery } from '../act.ts';
import { jsonRoute } from '../route.ts';
import {
  Attempt,
  AttemptParams,
  AttemptQuery,
  AttemptSummary,
  showAttempt,
  showListedAttempt,
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
      const items: AttemptSummary[] = [];
      for (const attempt of page.items) {
        // What else waits has its turn: requests are read for this.
        if (items.length % 25 === 24) await setImmediate();
        items.push(showListedAttempt(attempt));
      }
      return { items, nextCursor: page.nextCursor ?? null };
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
