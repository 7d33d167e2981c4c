/** Conditional GET (RFC 9110 §13) for bodies that are known with their validators. */
import type { HttpRequest, HttpResponse } from '@touchmark/http';

export interface Representation {
  readonly contentType: string;
  readonly body: Uint8Array | string;
  /** Entity tag without the quotes. */
  readonly tag: string;
  /** Undefined where a second is too coarse to tell two versions apart. */
  readonly lastModified: Date | undefined;
  readonly maxAgeSeconds: number;
  readonly expires: Date;
}

/** 200 with the representation, or 304 when the client has it. The adapter leaves the body of a HEAD out. */
export function answerConditionally(request: HttpRequest, representation: Representation): HttpResponse {
  const etag = `"${representation.tag}"`;
  const validators = [
    ['Cache-Control', `public, max-age=${representation.maxAgeSeconds}, must-revalidate`],
    ['ETag', etag],
    ...lastModifiedField(representation.lastModified),
    ['Expires', representation.expires.toUTCString()],
  ] as const;
  if (isFresh(request, etag, representation.lastModified)) return { status: 304, headers: validators, body: '' };
  return {
    status: 200,
    headers: [['Content-Type', representation.contentType], ...validators],
    body: representation.body,
  };
}

function lastModifiedField(lastModified: Date | undefined): [string, string][] {
  return lastModified === undefined ? [] : [['Last-Modified', lastModified.toUTCString()]];
}

/** RFC 9110 §13.2.2: If-None-Match decides alone when it is there. */
function isFresh(request: HttpRequest, etag: string, lastModified: Date | undefined): boolean {
  const ifNoneMatch = request.headers.get('if-none-match');
  if (ifNoneMatch !== undefined) {
    return ifNoneMatch.split(',').some((part) => {
      const tag = part.trim();
      return tag === '*' || tag.replace(/^W\//, '') === etag;
    });
  }
  if (lastModified === undefined) return false;
  const ifModifiedSince = Date.parse(request.headers.get('if-modified-since') ?? '');
  return Math.floor(lastModified.getTime() / 1000) * 1000 <= ifModifiedSince;
}
