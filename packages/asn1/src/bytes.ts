/** Octet strings: compare, join, and write as hexadecimal or base64. */
import { EncodingError } from './errors.ts';

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Not in constant time: never for secrets. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

/** Order of SET OF (X.690 §11.6): octet by octet, the shorter first when one begins with the other. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}

/** Digests and identifiers are written from here: a Buffer around each would cost as much as the text. */
const short = Buffer.alloc(64);

/** Lower case, without separators. */
export function toHex(bytes: Uint8Array): string {
  if (bytes.length > short.length) return asBuffer(bytes).toString('hex');
  short.set(bytes);
  return short.toString('hex', 0, bytes.length);
}

/** Digits of either case and nothing between them. Throws EncodingError. */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0) throw new EncodingError('hexadecimal text has an odd number of digits');
  if (!/^[0-9A-Fa-f]*$/.test(text)) throw new EncodingError('hexadecimal text has other characters than 0-9 and a-f');
  return asBytes(Buffer.from(text, 'hex'));
}

/** RFC 4648 §4, with padding and without line breaks. */
export function toBase64(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('base64');
}

/** RFC 4648 §4 in lines of 64 characters, each ended by LF. */
export function toBase64Lines(bytes: Uint8Array): string {
  const text = toBase64(bytes);
  let lines = '';
  for (let start = 0; start < text.length; start += 64) lines += `${text.slice(start, start + 64)}\n`;
  return lines;
}

/** RFC 4648 §4: alphabet, padding and unused bits must all be right, white space is refused. Throws EncodingError. */
export function fromBase64(text: string): Uint8Array {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    throw new EncodingError('base64 text has characters outside the alphabet (RFC 4648 §4)');
  }
  if (text.length % 4 !== 0) throw new EncodingError('base64 text is cut off or not padded (RFC 4648 §4)');
  const bytes = Buffer.from(text, 'base64');
  // Only the last group can hide unused bits (RFC 4648 §3.5).
  if (bytes.subarray(bytes.length - (bytes.length % 3 || 3)).toString('base64') !== text.slice(-4)) {
    throw new EncodingError('base64 text has unused bits that are not zero (RFC 4648 §3.5)');
  }
  return asBytes(bytes);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A copy: small Buffers are windows on a pool that others write to. */
function asBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer);
}
