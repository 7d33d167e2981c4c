/** One EST request and its answer (RFC 7030 §3.2, RFC 8951): base64 bodies, statuses, header fields. */
import { EncodingError, fromBase64, toBase64 } from '@touchmark/asn1';
import { EstError } from './est-error.ts';
import { fieldOf, retryAfterSecondsOf, sendWebRequest } from './web-request.ts';
import type { WebRequest, WebResponse } from './web-request.ts';

export interface EstRequest {
  readonly url: URL;
  readonly tls: NonNullable<WebRequest['tls']>;
  readonly authorization?: string | undefined;
  /** PKCS #10, DER; makes it a POST. */
  readonly requestDer?: Uint8Array | undefined;
  readonly timeoutSeconds: number;
}

export interface EstAnswer {
  /** 200, 202, 204 or 404; anything else is thrown. */
  readonly status: number;
  /** Decoded. */
  readonly body: Uint8Array;
  readonly retryAfterSeconds: number | undefined;
  /** Under which this service logs and records it; others name none. */
  readonly attemptId: string | undefined;
}

const maximumAnswerBytes = 1024 * 1024;

export async function sendEst(request: EstRequest): Promise<EstAnswer> {
  const response = await exchange(request);
  const attemptId = fieldOf(response, 'touchmark-attempt');
  if (response.status === 200) {
    return { status: 200, body: decodeBody(response.body), retryAfterSeconds: undefined, attemptId };
  }
  const isPost = request.requestDer !== undefined;
  if (isPost ? response.status === 202 : response.status === 204 || response.status === 404) {
    const retryAfterSeconds = retryAfterSecondsOf(response);
    return { status: response.status, body: new Uint8Array(0), retryAfterSeconds, attemptId };
  }
  throw refusalOf(response);
}

async function exchange({ url, tls, authorization, requestDer, timeoutSeconds }: EstRequest): Promise<WebResponse> {
  const limits = { maximumBytes: maximumAnswerBytes, timeoutSeconds };
  const headers: Record<string, string> = authorization === undefined ? {} : { Authorization: authorization };
  try {
    if (requestDer === undefined) return await sendWebRequest(url, { headers, tls, ...limits });
    return await sendWebRequest(url, {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/pkcs10', 'Content-Transfer-Encoding': 'base64' },
      body: (toBase64(requestDer).match(/.{1,64}/g) ?? []).map((line) => `${line}\r\n`).join(''),
      tls,
      ...limits,
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new EstError('unreachable', `No answer from ${url.origin}: ${reason}`, { cause: error });
  }
}

function decodeBody(body: Uint8Array): Uint8Array {
  try {
    return fromBase64(Buffer.from(body).toString('latin1').replaceAll(/\s/g, ''));
  } catch (error) {
    if (!(error instanceof EncodingError)) throw error;
    throw new EstError('malformedAnswer', 'The body of the answer is not base64.', { cause: error });
  }
}

function refusalOf(response: WebResponse): EstError {
  const text = Buffer.from(response.body).toString('utf8').trim().slice(0, 500);
  const reason = fieldOf(response, 'touchmark-reason');
  const said = [reason, text].filter((part) => part !== undefined && part !== '').join(': ');
  return new EstError(
    'refused',
    `The server refused with HTTP status ${response.status}${said === '' ? '.' : `: ${said}`}`,
    {
      status: response.status,
      reason,
      attemptId: fieldOf(response, 'touchmark-attempt'),
    },
  );
}
