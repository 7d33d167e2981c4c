/** The answers of the CRL service: lists and certificates with how long they may be kept, and why there is none. */
import { createHash } from 'node:crypto';
import { problem } from '@touchmark/http';
import type { HttpRequest, HttpResponse } from '@touchmark/http';
import { answerConditionally } from './conditional.ts';
import type { ServedCrl } from './current-crl.ts';

/** A revocation is in the CRL within a minute: no cache between may hold the one before for longer than that again. */
const crlMaxAgeSeconds = 60;
/** CA certificates change with a roll-over only. */
const certificateMaxAgeSeconds = 3600;
const retryAfterSeconds = 60;

export function answerWithCrls(
  request: HttpRequest,
  now: Date,
  crls: readonly ServedCrl[],
  contentType: string,
  tag: string,
  body: () => Uint8Array | string,
): HttpResponse {
  const nextUpdate = Math.min(...crls.map((crl) => crl.nextUpdate.getTime()));
  const remainingSeconds = Math.floor((nextUpdate - now.getTime()) / 1000);
  const maxAgeSeconds = Math.min(crlMaxAgeSeconds, remainingSeconds);
  return answerConditionally(request, {
    contentType,
    body: body(),
    tag,
    // CRLs of different shards may be of the same second; one shard's never are (see publisher.ts).
    lastModified: crls.length === 1 ? crls[0]?.thisUpdate : undefined,
    maxAgeSeconds,
    expires: new Date(now.getTime() + maxAgeSeconds * 1000),
  });
}

export function answerWithCertificates(
  request: HttpRequest,
  now: Date,
  body: Uint8Array | string,
  contentType: string,
  lastModified: Date,
): HttpResponse {
  return answerConditionally(request, {
    contentType,
    body,
    tag: digestOf(body),
    lastModified,
    maxAgeSeconds: certificateMaxAgeSeconds,
    expires: new Date(now.getTime() + certificateMaxAgeSeconds * 1000),
  });
}

export function digestOf(body: Uint8Array | string): string {
  return createHash('sha256').update(body).digest('hex').slice(0, 32);
}

export function notFound(request: HttpRequest): HttpResponse {
  return problem({
    status: 404,
    code: 'notFound',
    detail: 'There is no such authority or CRL.',
    requestId: request.id,
  });
}

export function unavailable(request: HttpRequest): HttpResponse {
  return problem({
    status: 503,
    code: 'crlUnavailable',
    detail: 'There is no current answer to give. Keep what you have and try again.',
    requestId: request.id,
    headers: [
      ['Retry-After', String(retryAfterSeconds)],
      ['Cache-Control', 'no-store'],
    ],
  });
}
