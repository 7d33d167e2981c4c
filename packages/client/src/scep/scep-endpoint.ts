/** The four operations of a SCEP server over HTTP (RFC 8894 §4): bytes there and back, within limits; nothing is proven. */
import { toBase64 } from '@touchmark/asn1';
import { parseSignedData } from '@touchmark/cms';
import { parseCertificate } from '@touchmark/x509';
import type { Certificate } from '@touchmark/x509';
import { AnswerTooLarge, fieldOf, retryAfterSecondsOf, sendWebRequest } from '../web-request.ts';
import type { WebRequest, WebResponse } from '../web-request.ts';
import { parseCaCaps } from './ca-capabilities.ts';
import type { CaCaps } from './ca-capabilities.ts';
import { readAnswer, reasonOf, ScepError } from './scep-error.ts';

export interface ScepEndpointOptions {
  /** E.g. `http://ca.example/scep/factory`. */
  readonly url: string;
  /** Which CA of the server, where it wants to be told: the `message` of GetCACert and its like. */
  readonly caIdentifier?: string | undefined;
  /** For each exchange as a whole; 30 unless told otherwise. */
  readonly timeoutSeconds?: number | undefined;
}

/** A PKIMessage, and what the HTTP around it says: unsigned, so that it is for people and clocks alone. */
export interface PkiOperationAnswer {
  readonly message: Uint8Array;
  readonly retryAfterSeconds: number | undefined;
  /** Under which Touchmark logs and records it; other servers name none. */
  readonly attemptId: string | undefined;
}

const defaultTimeoutSeconds = 30;
const largestAnswer = 1024 * 1024;
const mostCertificates = 32;

export class ScepEndpoint {
  readonly #url: URL;
  readonly #caIdentifier: string | undefined;
  readonly #timeoutSeconds: number;

  /** Throws ScepError `urlInvalid`. */
  constructor({ url, caIdentifier, timeoutSeconds = defaultTimeoutSeconds }: ScepEndpointOptions) {
    this.#url = parseUrl(url);
    this.#caIdentifier = caIdentifier;
    this.#timeoutSeconds = timeoutSeconds;
  }

  async getCaCaps(): Promise<CaCaps> {
    return parseCaCaps(Buffer.from(await this.#get('GetCACaps')).toString('latin1'));
  }

  /** What the server shows as its own, in its order: one certificate, or a certs-only message. */
  async getCaCert(): Promise<Certificate[]> {
    const body = await this.#get('GetCACert');
    const certificates = readAnswer('The answer to GetCACert', () =>
      isCertificate(body)
        ? [parseCertificate(body)]
        : parseSignedData(body).certificatesDer.map((certificateDer) => parseCertificate(certificateDer)),
    );
    if (certificates.length === 0 || certificates.length > mostCertificates) {
      throw new ScepError(
        'malformedAnswer',
        `The answer to GetCACert has ${certificates.length} certificates; 1 to ${mostCertificates} make sense. Check the URL.`,
      );
    }
    return certificates;
  }

  getNextCaCert(): Promise<Uint8Array> {
    return this.#get('GetNextCACert');
  }

  /** @param post whether the server takes messages in a body; otherwise it is sent one in the URL */
  async pkiOperation(message: Uint8Array, post: boolean, maximumBytes = largestAnswer): Promise<PkiOperationAnswer> {
    const response = post
      ? await this.#send(this.#operation('PKIOperation', undefined), {
          method: 'POST',
          headers: { 'Content-Type': 'application/x-pki-message' },
          body: message,
          maximumBytes,
        })
      : await this.#send(this.#operation('PKIOperation', toBase64(message)), { maximumBytes });
    return {
      message: response.body,
      retryAfterSeconds: retryAfterSecondsOf(response),
      attemptId: attemptIdOf(response),
    };
  }

  async #get(operation: string): Promise<Uint8Array> {
    return (await this.#send(this.#operation(operation, this.#caIdentifier), { maximumBytes: largestAnswer })).body;
  }

  /** `searchParams` writes `+`, `/` and `=` of base64 as RFC 8894 §4.1 wants them. */
  #operation(operation: string, message: string | undefined): URL {
    const url = new URL(this.#url);
    url.searchParams.set('operation', operation);
    if (message !== undefined) url.searchParams.set('message', message);
    return url;
  }

  async #send(url: URL, request: Omit<WebRequest, 'timeoutSeconds' | 'tls'>): Promise<WebResponse> {
    // Over https too: what counts is the CA's fingerprint and what it signed; TLS only hides it from others.
    const tls = { rejectUnauthorized: false };
    let response: WebResponse;
    try {
      response = await sendWebRequest(url, { ...request, tls, timeoutSeconds: this.#timeoutSeconds });
    } catch (error) {
      throw this.#unanswered(error);
    }
    if (response.status === 200) return response;
    throw new ScepError(
      'httpStatus',
      `The server answered with HTTP status ${response.status}${saidIn(response)}. Check the URL, and that it is a SCEP server.`,
      { status: response.status },
    );
  }

  #unanswered(error: unknown): ScepError {
    const reason = reasonOf(error);
    if (error instanceof AnswerTooLarge) {
      return new ScepError('answerTooLarge', `${reason}. Check that the URL is that of a SCEP server.`, {
        cause: error,
      });
    }
    return new ScepError(
      'unreachable',
      `No whole answer from ${this.#url.origin} within ${this.#timeoutSeconds} seconds: ${reason}. Check the URL and the network, and try again.`,
      { cause: error },
    );
  }
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new ScepError(
    'urlInvalid',
    'SCEP is spoken over http or https. Give a URL such as http://ca.example/scep/factory.',
  );
}

/** No other text of a server that has proven nothing reaches whoever reads it. */
function attemptIdOf(response: WebResponse): string | undefined {
  const attemptId = fieldOf(response, 'touchmark-attempt');
  return attemptId !== undefined && /^[0-9A-Za-z-]{1,64}$/.test(attemptId) ? attemptId : undefined;
}

/** A Certificate begins with a SEQUENCE in its SEQUENCE, a ContentInfo with an OBJECT IDENTIFIER. */
function isCertificate(body: Uint8Array): boolean {
  const lengthOctet = body[1] ?? 0;
  const header = 2 + (lengthOctet > 0x80 ? lengthOctet & 0x7f : 0);
  return body[0] === 0x30 && body[header] === 0x30;
}

function saidIn(response: WebResponse): string {
  if (!(response.headers['content-type'] ?? '').startsWith('text/plain')) return '';
  const text = Buffer.from(response.body).toString('utf8').trim().slice(0, 500);
  return text === '' ? '' : `: ${text}`;
}
