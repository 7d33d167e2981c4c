/** The JSON body of a request: capped, typed, whole. */
import type { Request } from 'express';
import { requestProblem } from './problem.ts';

const limitBytes = 100 * 1024;

/** Throws a problem for anything but one JSON text (RFC 8259) in UTF-8. */
export async function readJsonBody(request: Request): Promise<unknown> {
  checkMediaType(request);
  const bytes = await readBytes(request);
  const text = decodeUtf8(bytes);
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch (error) {
    const where = error instanceof SyntaxError ? placeOf(error.message, text) : '';
    const what = text.trim() === '' ? 'The body is empty; a JSON object is expected.' : `The body is not JSON${where}.`;
    throw requestProblem(400, 'jsonMalformed', what);
  }
}

/** Throws when a request that takes no body has one: whoever sent it meant something by it. */
export function checkNoBody(request: Request): void {
  const length = request.headers['content-length'];
  if (request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0')) {
    throw requestProblem(400, 'bodyNotExpected', 'This request takes no body.');
  }
}

function checkMediaType(request: Request): void {
  const written = request.headers['content-type'] ?? '';
  const [type = '', ...parameters] = written.split(';').map((part) => part.trim().toLowerCase());
  const utf8 = parameters.every((parameter) => /^charset="?utf-8"?$/.test(parameter) || parameter === '');
  if (type !== 'application/json' || !utf8 || request.headers['content-encoding'] !== undefined) {
    throw requestProblem(415, 'mediaTypeNotSupported', 'The body must be JSON in UTF-8, not compressed.', {
      hint: 'Send "Content-Type: application/json".',
      headers: { Accept: 'application/json' },
    });
  }
}

/**
 * Rejects before more than the limit is kept, and before anything is read when the length is declared. What the client
 * still sends is read and dropped, within the listener's time limit, so that it lives to read the answer.
 */
function readBytes(request: Request): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const refuse = (problem: Error): void => {
      request.off('data', keep);
      request.resume();
      reject(problem);
    };
    const keep = (chunk: Buffer): void => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > limitBytes) refuse(tooLarge());
    };
    if (Number(request.headers['content-length'] ?? 0) > limitBytes) {
      refuse(tooLarge());
      return;
    }
    request.on('data', keep);
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('close', () => reject(requestProblem(400, 'jsonMalformed', 'The body did not come whole.')));
  });
}

function tooLarge(): Error {
  return requestProblem(413, 'bodyTooLarge', `The body is larger than ${limitBytes} bytes.`);
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw requestProblem(400, 'jsonMalformed', 'The body is not UTF-8.');
  }
}

/** V8 names the place, or the character, or says that the text ends; nothing more of the text is repeated. */
function placeOf(message: string, text: string): string {
  if (message.includes('end of JSON input')) return ': it ends too early';
  const position = /at position (\d+)/.exec(message)?.[1];
  if (position === undefined) {
    const token = /^Unexpected token '(.)'/u.exec(message)?.[1];
    return token === undefined ? '' : `: unexpected "${token}"`;
  }
  const before = text.slice(0, Number(position)).split('\n');
  return `: unexpected at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}
