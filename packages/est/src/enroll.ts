/** simpleenroll and simplereenroll (RFC 7030 §4.2): from the HTTP request to the issuance cycle and back. */
import { CaError } from '@touchmark/ca';
import type { HttpRequest, HttpResponse } from '@touchmark/http';
import type { EstAuthority } from './authority.ts';
import { parseBasicCredentials } from './basic-credentials.ts';
import { encodeRefusal, Refusal, refuse, statusOfRefusal } from './refusal.ts';
import { decodeRequestBody } from './request-body.ts';
import { issuedResponse, pendingResponse } from './responses.ts';

/** A PKCS #10 request with an RSA-4096 key and 64 names has less than 8 KiB. */
export const maxBodyBytes = 64 * 1024;

const nothing = new Uint8Array(0);
const noConnection = { tlsUnique: undefined, tlsExporter: undefined };

export async function enroll(
  authority: EstAuthority,
  request: HttpRequest,
  operation: 'simpleenroll' | 'simplereenroll',
  endpointLabel: string,
  warnings: string[],
): Promise<HttpResponse> {
  refuseBrowsers(request);
  const body = await request.readBody(maxBodyBytes);
  const credentials = {
    password: parseBasicCredentials(request.headers.get('authorization'), warnings),
    certificateDer: request.tls?.peerCertificateDer,
  };
  const anonymous = credentials.password === undefined && credentials.certificateDer === undefined;
  const outcome = await authority.enroll({
    requestId: request.id,
    protocol: 'est',
    operation,
    kind: operation === 'simplereenroll' ? 'renewal' : 'enrollment',
    endpointLabel,
    credentials,
    requestDer: anonymous
      ? decodeProbe(body, request.headers, warnings)
      : decodeRequestBody(body, request.headers, warnings),
    channelBinding: request.tls ?? noConnection,
    remoteAddress: request.remoteAddress,
    warnings,
  });
  switch (outcome.kind) {
    case 'issued':
      return issuedResponse(outcome.certificateDer, outcome.attemptId);
    case 'pending':
      return pendingResponse(outcome.retryAfterSeconds, outcome.attemptId);
    case 'refused':
      return encodeRefusal(new Refusal(outcome.error, statusOf(outcome.error, operation)), outcome.attemptId);
  }
}

/**
 * A client without credentials is to learn which are wanted, not what is wrong with its body: with `--anyauth` curl
 * sends an empty one at first.
 */
function decodeProbe(body: Uint8Array, headers: ReadonlyMap<string, string>, warnings: string[]): Uint8Array {
  try {
    return decodeRequestBody(body, headers, warnings);
  } catch (error) {
    if (!(error instanceof CaError)) throw error;
    warnings.push(error.message);
    return nothing;
  }
}

/** simplereenroll is authenticated by the certificate alone: a challenge for Basic would ask for what cannot help. */
function statusOf(error: CaError, operation: 'simpleenroll' | 'simplereenroll'): number {
  const status = statusOfRefusal(error.code);
  return status === 401 && operation === 'simplereenroll' ? 403 : status;
}

/**
 * A page of any origin can make a browser post here with the client certificate of its user, and so have a key of the
 * page's choice certified. Browsers say Origin with every POST, EST clients never do.
 */
function refuseBrowsers(request: HttpRequest): void {
  if (request.headers.has('origin')) {
    throw refuse(403, 'forbidden', 'Enrollment from web pages is not served: there is an Origin field in the request.');
  }
}
