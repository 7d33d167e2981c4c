/** PEM, the textual encodings of RFC 7468. */
import { fromBase64, toBase64Lines } from './bytes.ts';
import { EncodingError, PemError } from './errors.ts';

export interface PemBlock {
  /** E.g. `CERTIFICATE`. */
  readonly label: string;
  readonly bytes: Uint8Array;
}

const beginPattern = /^-----BEGIN ([\x21-\x2c\x2e-\x7e](?:[- ]?[\x21-\x2c\x2e-\x7e])*)-----$/;
const startOfBlock = '-----BEGIN ';

/** Lines of 64 characters, each ended by LF. */
export function encodePem(label: string, bytes: Uint8Array): string {
  return `-----BEGIN ${label}-----\n${toBase64Lines(bytes)}-----END ${label}-----\n`;
}

/**
 * Every block of the text, in order; text around the blocks is skipped (RFC 7468 §2). Lines end with LF, CRLF or CR and
 * may have any length. Throws PemError when there is no block, or one that is not whole.
 */
export function decodePem(text: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  let open: { readonly label: string; readonly line: number; readonly body: string[] } | undefined;
  for (const [index, rawLine] of text.split(/\r\n|\n|\r/).entries()) {
    const line = rawLine.trim();
    if (open === undefined) {
      if (!line.startsWith(startOfBlock)) continue;
      const label = beginPattern.exec(line)?.[1];
      if (label === undefined) throw new PemError(`line ${index + 1} is not a whole "-----BEGIN label-----" line`);
      open = { label, line: index + 1, body: [] };
    } else if (line.startsWith('-----')) {
      if (line !== `-----END ${open.label}-----`) {
        throw new PemError(
          `the block of line ${open.line} must end with "-----END ${open.label}-----", not with line ${index + 1}`,
        );
      }
      blocks.push({ label: open.label, bytes: decodeBody(open.body.join(''), open.line) });
      open = undefined;
    } else {
      open.body.push(line);
    }
  }
  if (open !== undefined)
    throw new PemError(`the block of line ${open.line} has no "-----END ${open.label}-----" line`);
  if (blocks.length === 0) throw new PemError('there is no "-----BEGIN …-----" block in the text');
  return blocks;
}

function decodeBody(body: string, line: number): Uint8Array {
  if (body.includes(':')) {
    throw new PemError(
      `the block of line ${line} has header fields (RFC 1421), as encrypted keys of old have; write it without`,
    );
  }
  if (body.length === 0) throw new PemError(`the block of line ${line} is empty`);
  try {
    return fromBase64(body.replaceAll(/[ \t]/g, ''));
  } catch (error) {
    if (!(error instanceof EncodingError)) throw error;
    throw new PemError(`the block of line ${line} does not decode: ${error.message}`, { cause: error });
  }
}

/** Whether the input is text with a PEM block in it; DER is not, whatever its strings say. */
export function isPem(input: Uint8Array | string): boolean {
  const text =
    typeof input === 'string' ? input : Buffer.from(input.buffer, input.byteOffset, input.length).toString('latin1');
  const start = text.startsWith(startOfBlock) ? 0 : text.search(/[\r\n][ \t]*-----BEGIN /);

  return start >= 0 && !/[\x00-\x08\x0e-\x1f]/.test(text.slice(0, start));
}
