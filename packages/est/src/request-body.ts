/** From what clients send as the body of an enrollment to the DER of a CertificationRequest. */
import { decodePem, EncodingError, fromBase64, isPem, PemError } from '@touchmark/asn1';
import { refused } from '@touchmark/ca';
import type { CaErrorCode, CaError } from '@touchmark/ca';

/** RFC 7030 §4.2.1. */
const expectedContentType = 'application/pkcs10';
const requestLabels: readonly string[] = ['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST'];
/** The identifier octet of a SEQUENCE. As a character it is "0", with which no base64 of a SEQUENCE begins. */
const sequence = 0x30;

/**
 * RFC 7030 §4.2.1 wants base64 and RFC 8951 drops the header that says so. Clients send base64 in one line or many,
 * PEM, and raw DER, under any Content-Type and Content-Transfer-Encoding: the bytes themselves tell. What is odd is
 * added to `warnings`. Throws CaError for what is neither.
 */
export function decodeRequestBody(
  body: Uint8Array,
  headers: ReadonlyMap<string, string>,
  warnings: string[],
): Uint8Array {
  checkContentHeaders(headers, warnings);
  if (body.length === 0) throw unreadable('requestEmpty', 'it is empty');
  const transferEncoding = headers.get('content-transfer-encoding')?.trim().toLowerCase();
  const isDer = body[0] === sequence;
  if (transferEncoding !== undefined && (transferEncoding === 'base64') === isDer) {
    warnings.push(
      `Content-Transfer-Encoding says ${quote(transferEncoding)}, the body is ${isDer ? 'raw DER' : 'base64'}`,
    );
  }
  return isDer ? body : decodeText(body, warnings);
}

function checkContentHeaders(headers: ReadonlyMap<string, string>, warnings: string[]): void {
  const contentType = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (contentType === undefined) warnings.push('no Content-Type');
  else if (contentType !== expectedContentType) {
    warnings.push(`Content-Type is ${quote(contentType)} instead of ${expectedContentType}`);
  }
  const contentEncoding = headers.get('content-encoding')?.trim().toLowerCase();
  if (contentEncoding !== undefined && contentEncoding !== 'identity') {
    throw unreadable('requestCompressed', 'it has a Content-Encoding');
  }
}

function decodeText(body: Uint8Array, warnings: string[]): Uint8Array {
  if ((body[0] === 0xff && body[1] === 0xfe) || (body[0] === 0xfe && body[1] === 0xff)) {
    throw unreadable('requestUtf16', 'it is UTF-16 text');
  }
  let text = Buffer.from(body.buffer, body.byteOffset, body.length).toString('latin1');
  if (text.startsWith('\xef\xbb\xbf')) {
    warnings.push('the body begins with a byte order mark');
    text = text.slice(3);
  }
  return isPem(text) ? decodePemRequest(text) : decodeBase64(text);
}

function decodePemRequest(text: string): Uint8Array {
  let blocks: ReturnType<typeof decodePem>;
  try {
    blocks = decodePem(text);
  } catch (error) {
    if (!(error instanceof PemError)) throw error;
    throw unreadable('requestPemBroken', `it is not whole PEM: ${error.message}`, error);
  }
  if (blocks.some((block) => block.label.endsWith('PRIVATE KEY'))) {
    throw unreadable('requestIsPrivateKey', 'there is a private key in it');
  }
  const requests = blocks.filter((block) => requestLabels.includes(block.label));
  const [request] = requests;
  if (request === undefined) {
    throw unreadable('requestPemOfAnotherKind', 'it is PEM without a block "CERTIFICATE REQUEST"');
  }
  if (requests.length > 1) {
    throw unreadable('requestSeveral', `it is PEM with ${requests.length} blocks "CERTIFICATE REQUEST"`);
  }
  return request.bytes;
}

function decodeBase64(text: string): Uint8Array {
  const compact = text.replaceAll(/[ \t\r\n]/g, '');
  if (compact.length === 0) throw unreadable('requestEmpty', 'it is blank');
  if (/^[A-Za-z0-9_-]+=*$/.test(compact) && /[_-]/.test(compact)) {
    throw unreadable('requestBase64Url', 'it has "-" or "_" where base64 has "+" and "/"');
  }
  let der: Uint8Array;
  try {
    der = fromBase64(compact);
  } catch (error) {
    if (!(error instanceof EncodingError)) throw error;
    throw unreadable(
      'requestBase64Invalid',
      `it is neither DER nor PEM, and as base64 it does not decode: ${error.message}`,
      error,
    );
  }
  if (isPem(der)) throw unreadable('requestPemInBase64', 'it is PEM in base64');
  return der;
}

function unreadable(code: CaErrorCode, reason: string, cause?: unknown): CaError {
  return refused(code, `The request body cannot be read: ${reason}`, { cause });
}

/** Header values are the client's: short and printable in our records. */
function quote(value: string): string {
  return JSON.stringify(value.slice(0, 64).replaceAll(/[^\x20-\x7e]/g, '?'));
}
