/** A file with keys, one a line, each by the SHA-256 of its SubjectPublicKeyInfo in hex. */
import { CliFailure } from './failure.ts';
import { readInput } from './files.ts';
import type { Io } from './io.ts';

export type KeyLine =
  | { readonly kind: 'key'; readonly line: number; readonly publicKeySha256: string }
  | { readonly kind: 'repeated'; readonly line: number; readonly publicKeySha256: string }
  | { readonly kind: 'malformed'; readonly line: number; readonly message: string };

/** Without the empty lines and those that begin with `#`. `-` is standard input. */
export async function readKeyList(io: Io, file: string): Promise<readonly KeyLine[]> {
  const text = Buffer.from(await readInput(io, file)).toString('latin1');
  const seen = new Set<string>();
  const lines = text.split(/\r?\n/).flatMap((written, index): KeyLine[] => {
    const line = index + 1;
    const trimmed = written.trim();
    if (trimmed === '' || trimmed.startsWith('#')) return [];
    const publicKeySha256 = trimmed.replaceAll(':', '').toLowerCase();
    if (!/^[0-9a-f]{64}$/.test(publicKeySha256)) return [{ kind: 'malformed', line, message: faultOf(trimmed) }];
    if (seen.has(publicKeySha256)) return [{ kind: 'repeated', line, publicKeySha256 }];
    seen.add(publicKeySha256);
    return [{ kind: 'key', line, publicKeySha256 }];
  });
  if (lines.length === 0) throw new CliFailure('failed', `There is no key in ${file}.`);
  return lines;
}

function faultOf(written: string): string {
  return /^[0-9a-f]{20}$/i.test(written)
    ? 'This is an entry of openssl-blacklist, which tells of a modulus only; here it takes the SHA-256 of the SubjectPublicKeyInfo.'
    : 'This is not the SHA-256 of a SubjectPublicKeyInfo in hex: 64 digits.';
}
