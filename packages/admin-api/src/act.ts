/** The act that a service is told of: principal, remote address and request id of this call. */
import { refusals } from '@touchmark/ca';
import type { Act, PageRequest } from './ports.ts';
import { ProblemException } from './problem.ts';
import type { CallContext, HeaderFields } from './route.ts';

/** Throws `notAuthenticated` without a principal: no act of nobody, whatever a route's access says. */
export function actOf(context: CallContext): Act {
  const { principal, remoteAddress, requestId } = context;
  if (principal === undefined) throw notAuthenticated();
  return { principal, remoteAddress, correlationId: requestId };
}

export function notAuthenticated(detail = 'No credentials came with the request.'): ProblemException {
  return new ProblemException(401, 'notAuthenticated', detail, {
    hint: refusals.notAuthenticated.hint,
    headers: { 'WWW-Authenticate': 'Bearer' },
  });
}

export function pageOfQuery(query: { limit: number; cursor?: string | undefined }): PageRequest {
  return { limit: query.limit, cursor: query.cursor };
}

/** RFC 8288: where the next page is. */
export function linkToNext(answer: { nextCursor: string | null }, context: CallContext): HeaderFields {
  if (answer.nextCursor === null) return {};
  return { Link: `<${context.linkTo({ cursor: answer.nextCursor })}>; rel="next"` };
}
