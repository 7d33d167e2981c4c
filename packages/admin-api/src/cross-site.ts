/** Against other sites' pages that make an administrator's browser, with its client certificate, send requests. */
import type { IncomingMessage } from 'node:http';
import { requestProblem } from './problem.ts';

/**
 * Throws `crossSiteRequest`. Programs send neither field. Browsers always send Sec-Fetch-Site to a secure origin, and
 * Origin with everything but plain navigation (Fetch §3.2, Fetch Metadata §2.3).
 */
export function checkSameSite(request: IncomingMessage): void {
  const site = request.headers['sec-fetch-site'];
  const foreignSite = site !== undefined && site !== 'same-origin' && site !== 'none';
  if (foreignSite || isForeignOrigin(request)) {
    throw requestProblem(403, 'crossSiteRequest', 'This request comes from a page of another site.', {
      hint: 'Use the console of this service, or a program that sends no Origin.',
    });
  }
}

function isForeignOrigin(request: IncomingMessage): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== host;
}
