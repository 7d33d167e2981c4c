/** One URL that CRLs come from, fetched with conditional GET. */
import { decodePem, isPem } from '@touchmark/asn1';
import { sendWebRequest } from './web-request.ts';

const maximumBytes = 256 * 1024 * 1024;
const timeoutSeconds = 60;

export class CrlSource {
  readonly url: string;
  #etag: string | undefined;
  #lastModified: string | undefined;
  #crlsDer: readonly Uint8Array[] = [];

  constructor(url: string) {
    this.url = new URL(url).href;
  }

  /**
   * The CRLs at the URL, DER each: one in DER, or any number in PEM. Unchanged ones come from memory. Rejects on anything but
   * 200 and 304: a redirect would lead to a login page sooner than to a CRL.
   */
  async fetch(): Promise<readonly Uint8Array[]> {
    const headers: Record<string, string> = {};
    if (this.#etag !== undefined) headers['If-None-Match'] = this.#etag;
    else if (this.#lastModified !== undefined) headers['If-Modified-Since'] = this.#lastModified;
    const response = await sendWebRequest(new URL(this.url), { headers, maximumBytes, timeoutSeconds });
    if (response.status === 304 && this.#crlsDer.length > 0) return this.#crlsDer;
    if (response.status !== 200) throw new Error(`HTTP status ${response.status}`);
    const crlsDer = isPem(response.body) ? crlsOf(Buffer.from(response.body).toString('latin1')) : [response.body];
    if (crlsDer.length === 0) throw new Error('There is no CRL in the answer.');
    this.#crlsDer = crlsDer;
    this.#etag = response.headers.etag;
    this.#lastModified = response.headers['last-modified'];
    return crlsDer;
  }

  /** Keeps the validators of the last answer out of the next request: its CRLs were refused. */
  forget(): void {
    this.#etag = undefined;
    this.#lastModified = undefined;
    this.#crlsDer = [];
  }
}

function crlsOf(pem: string): Uint8Array[] {
  return decodePem(pem)
    .filter(({ label }) => label === 'X509 CRL')
    .map(({ bytes }) => bytes);
}
