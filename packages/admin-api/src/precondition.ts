/** Conditional requests (RFC 9110 §13.1.1): who changes a thing says which state of it was seen. */
import type { Request } from 'express';
import { requestProblem } from './problem.ts';
import type { Route } from './route.ts';

export function entityTag(revision: number): string {
  return `"${revision}"`;
}

/** The revision that the caller saw; undefined for `*`, which is whatever is there, and on routes that take none. */
export function readIfMatch(route: Route, request: Request): number | undefined {
  const written = request.headers['if-match']?.trim();
  if (route.ifMatch === undefined) {
    if (written === undefined) return undefined;
    throw badHeader('This route takes no If-Match.');
  }
  if (written === undefined) {
    throw requestProblem(428, 'preconditionRequired', `${route.ifMatch} needs an If-Match header.`, {
      hint: 'Send the ETag of the state that you looked at, so that nobody is overruled unseen; "*" overrules whoever it was.',
    });
  }
  if (written === '*') return undefined;
  const revision = /^"(\d{1,9})"$/.exec(written)?.[1];
  if (revision === undefined) throw badHeader('The If-Match is one ETag of this service, e.g. "3", or *.');
  return Number(revision);
}

/** Throws when the thing is another by now. The registry says so again under its lock. */
export function checkRevision(seen: number | undefined, current: number): void {
  if (seen === undefined || seen === current) return;
  throw requestProblem(412, 'preconditionFailed', 'It was changed since you looked at it.', {
    hint: 'Look at it again, then decide.',
    headers: { ETag: entityTag(current) },
  });
}

function badHeader(detail: string): Error {
  return requestProblem(400, 'requestInvalid', detail, { errors: [{ parameter: 'If-Match', detail }] });
}
