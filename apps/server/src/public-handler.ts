/** What the plain listener answers: SCEP below its path, status everywhere else; each only where its role is. */
import type { HttpHandler } from '@touchmark/http';
import { createRouter } from '@touchmark/http';
import { isScepPath } from '@touchmark/scep';

export interface PublicHandlers {
  readonly scep: HttpHandler | undefined;
  readonly status: HttpHandler | undefined;
}

export function createPublicHandler({ scep, status = createRouter([]) }: PublicHandlers): HttpHandler {
  return (request) => (scep !== undefined && isScepPath(request.path) ? scep(request) : status(request));
}
