/** Routes that explain decisions: what would become of a request, and of one that was judged before. */
import { actOf } from '../act.ts';
import { jsonRoute } from '../route.ts';
import { AttemptParams } from '../schemas/attempt.ts';
import {
  ExplainBody,
  Explanation,
  Replay,
  ReplayBody,
  showExplanation,
  showReplay,
  toExplainQuestion,
} from '../schemas/explanation.ts';

export const explainRoutes = [
  jsonRoute({
    name: 'explain',
    method: 'POST',
    path: '/explain',
    tag: 'attempts',
    summary:
      'What would become of a certification request: the certificate and the verdict of each rule; nothing is issued',
    access: { kind: 'act', role: 'operator' },
    body: ExplainBody,
    response: Explanation,
    description: 'The explanation, also of a refusal',
    handle: async ({ body }, context) =>
      showExplanation(await context.services.explain(toExplainQuestion(body), actOf(context))),
  }),
  jsonRoute({
    name: 'replayAttempt',
    method: 'POST',
    path: '/attempts/{id}/replay',
    tag: 'attempts',
    summary: 'What would become of the request of an attempt now; nothing is issued',
    access: { kind: 'act', role: 'operator' },
    params: AttemptParams,
    body: ReplayBody,
    response: Replay,
    description: 'What became of it then, what would now, and what differs',
    handle: async ({ params, body }, context) =>
      showReplay(await context.services.replayAttempt(params.id, body, actOf(context))),
  }),
];
