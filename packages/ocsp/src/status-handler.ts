/** `/status/{ca}/{serial}`: what OCSP says, in JSON, for people and scripts. Not signed. */
import { statusOf } from '@touchmark/ca';
import type { Clock, Issuer, SerialStatus, StatusRegistry } from '@touchmark/ca';
import { createRouter, problem } from '@touchmark/http';
import type { HttpHandler, HttpRequest, HttpResponse, Route } from '@touchmark/http';

export interface StatusHandlerDependencies {
  readonly authorities: { findIssuerByName(name: string): Pick<Issuer, 'authority'> | undefined };
  readonly statuses: StatusRegistry;
  readonly clock: Clock;
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** The body; absent values are null. */
export interface StatusDocument {
  readonly status: 'good' | 'revoked' | 'held' | 'expired' | 'unknown';
  /** Content octets of the serialNumber in lower-case hex. */
  readonly serial: string;
  readonly revokedAt: string | null;
  readonly reason: string | null;
  readonly notAfter: string | null;
}

const noStore = ['Cache-Control', 'no-store'] as const;

export function createStatusHandler(dependencies: StatusHandlerDependencies): HttpHandler {
  return createRouter(statusRoutes(dependencies));
}

export function statusRoutes(dependencies: StatusHandlerDependencies): Route[] {
  return [
    {
      method: 'GET',
      pattern: '/status/{ca}/{serial}',
      handler: (request, parameters) => answer(dependencies, request, parameters.ca ?? '', parameters.serial ?? ''),
    },
  ];
}

async function answer(
  { authorities, statuses, clock, onError }: StatusHandlerDependencies,
  request: HttpRequest,
  ca: string,
  serialText: string,
): Promise<HttpResponse> {
  const authority = authorities.findIssuerByName(ca)?.authority;
  if (authority === undefined) {
    return problem({ status: 404, code: 'notFound', detail: 'There is no such authority.', requestId: request.id });
  }
  const serial = parseSerialNumberHex(serialText);
  if (serial === undefined) {
    const detail = 'A serial number is given in hex, at most 20 octets, e.g. /status/issuing/3f9a….';
    return problem({ status: 400, code: 'invalidArgument', detail, requestId: request.id });
  }
  try {
    const found = await statuses.findStatuses(authority.id, [serial]);
    const document = describe(serial, found.get(serial), clock.now());
    return { status: 200, headers: [['Content-Type', 'application/json'], noStore], body: JSON.stringify(document) };
  } catch (error) {
    onError?.(error);
    const detail = 'The registry does not answer. Try again.';
    const headers = [['Retry-After', '5'], noStore] as const;
    return problem({ status: 503, code: 'registryUnavailable', detail, requestId: request.id, headers });
  }
}

function describe(serial: string, found: SerialStatus | undefined, now: Date): StatusDocument {
  const revocation = found?.revocation;
  return {
    status: statusWord(found, now),
    serial,
    revokedAt: revocation?.revokedAt.toISOString() ?? null,
    reason: revocation?.reason ?? null,
    notAfter: found?.notAfter.toISOString() ?? null,
  };
}

function statusWord(found: SerialStatus | undefined, now: Date): StatusDocument['status'] {
  if (found === undefined) return 'unknown';
  const status = statusOf(found, now);
  return status === 'active' ? 'good' : status;
}

/**
 * The serial number as the registry keys it (content octets of the INTEGER), from however people write it: any case, with
 * colons, with leading zeros or without. Undefined for what is no serial number.
 */
export function parseSerialNumberHex(text: string): string | undefined {
  const digits = text.replaceAll(/:|%3a/gi, '').toLowerCase();
  if (!/^[0-9a-f]+$/.test(digits)) return undefined;
  const significant = digits.replace(/^0+(?=.)/, '');
  const octets = significant.length % 2 === 0 ? significant : `0${significant}`;
  const positive = Number.parseInt(octets.slice(0, 2), 16) >= 0x80 ? `00${octets}` : octets;
  return positive.length > 40 ? undefined : positive;
}
