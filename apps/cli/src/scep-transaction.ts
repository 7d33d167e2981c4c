/**
 * A SCEP request under way, in a small file beside the key: what the next call of the command needs to ask for the same
 * thing again, after a power cut, a lost answer, or `pending`. The new key is in a file of its own until it is certified.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { z } from 'zod';
import { CliFailure } from './failure.ts';
import { writeWhole } from './files.ts';
import type { WriteOptions } from './files.ts';

const Trust = z.union([z.object({ roots: z.string() }), z.object({ rootFingerprint: z.string() })]);

export const ScepTransaction = z.object({
  url: z.string(),
  caIdentifier: z.string().optional(),
  timeoutSeconds: z.number().optional(),
  trust: Trust,
  allowSha1: z.boolean(),
  aesBits: z.union([z.literal(128), z.literal(256)]),
  /** Where the key goes, where it is until then, and where the certificate goes; absolute. */
  keyFile: z.string(),
  newKeyFile: z.string(),
  certificateFile: z.string(),
  overwrite: z.boolean(),
  /** Of a renewal: what signs. */
  renewal: z.object({ certificatePem: z.string(), keyFile: z.string() }).optional(),
  /** Once the server said `pending`. */
  pending: z.object({ transactionId: z.string(), signerCertificatePem: z.string() }).optional(),
  /** The certificate and its issuers, PEM, from when they came until all files are in place. */
  issued: z.string().optional(),
});
export type ScepTransaction = z.infer<typeof ScepTransaction>;

export function transactionFileOf(keyFile: string): string {
  return `${keyFile}.scep.json`;
}

/** The one that is under way for a key file; undefined when there is none. */
export function findTransaction(keyFile: string): ScepTransaction | undefined {
  const path = transactionFileOf(keyFile);
  if (!existsSync(path)) return undefined;
  const parsed = ScepTransaction.safeParse(parseJson(readFileSync(path, 'utf8')));
  if (parsed.success) return parsed.data;
  throw new CliFailure('failed', `${path} is not as this version writes it.`, {
    hint: 'Remove it to give the transaction up.',
  });
}

export function recordTransaction(transaction: ScepTransaction): void {
  const path = transactionFileOf(transaction.keyFile);
  writeWhole(path, `${JSON.stringify(transaction, undefined, 2)}\n`, { mode: 0o600, overwrite: true });
}

/** The key in its place, then the certificate, then there is no transaction any more. After a power cut it begins anew. */
export function finishTransaction(transaction: ScepTransaction & { readonly issued: string }): void {
  const { keyFile, newKeyFile, certificateFile, overwrite, issued } = transaction;
  recordTransaction(transaction);
  if (newKeyFile !== keyFile) place(keyFile, readFileSync(newKeyFile, 'utf8'), { mode: 0o600, overwrite });
  place(certificateFile, issued, { mode: 0o644, overwrite });
  forgetTransaction(transaction);
}

function place(path: string, text: string, options: WriteOptions): void {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  writeWhole(path, text, options);
}

/** Its new key too, unless that was the user's. */
export function forgetTransaction({ keyFile, newKeyFile }: ScepTransaction): void {
  if (newKeyFile !== keyFile) rmSync(newKeyFile, { force: true });
  rmSync(transactionFileOf(keyFile), { force: true });
}

function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
