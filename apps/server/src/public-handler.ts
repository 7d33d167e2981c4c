/** What the plain listener answers: SCEP below its path, status everywhere else; each only where its role is. */
import { createRouter, defaultLimits, jitteredRetryAfter } from '@touchmark/http';
import type { HttpHandler } from '@touchmark/http';
import { isScepPath, scepOverloaded } from '@touchmark/scep';

/** RSA in each: more at once only keep relying parties waiting, whose CRL and OCSP answers come from the same process. */
const scepAtOnce = 32;

export interface PublicHandlers {
  readonly scep: HttpHandler | undefined;
  readonly status: HttpHandler | undefined;
}

export function createPublicHandler({ scep, status = createRouter([]) }: PublicHandlers): HttpHandler {
  const limited = scep && limitedScep(scep);
  return (request) => (limited !== undefined && isScepPath(request.path) ? limited(request) : status(request));
}

function limitedScep(scep: HttpHandler): HttpHandler {
  let running = 0;
  return async (request) => {
    if (running >= scepAtOnce) return scepOverloaded(request, jitteredRetryAfter(defaultLimits.retryAfterSeconds));
    running++;
    try {
      return await scep(request);
    } finally {
      running--;
    }
  };
}
