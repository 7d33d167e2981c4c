/** A SCEP request that waits for its approval: what it is, how to ask again, and what an administrator does. */
import { createHash, createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ScepOutcome } from '@touchmark/client';
import { say, writeData } from './io.ts';
import type { Io } from './io.ts';
import { writeFacts } from './output/table.ts';
import { spell, state } from './output/words.ts';
import { transactionFileOf } from './scep-transaction.ts';
import type { ScepTransaction } from './scep-transaction.ts';

type PendingNotes = Pick<
  Extract<ScepOutcome, { kind: 'pending' }>,
  'transactionId' | 'retryAfterSeconds' | 'attemptId'
>;

/** As JSON has it. */
export interface PendingScepRequest {
  readonly status: 'pending';
  readonly url: string;
  readonly transactionId: string;
  /** Of the SubjectPublicKeyInfo, in hex: what an administrator compares, and may name the request by. */
  readonly publicKeySha256: string;
  /** Null where the server names none. */
  readonly attemptId: string | null;
  readonly retryAfterSeconds: number | null;
  readonly transactionFile: string;
  readonly newKeyFile: string;
  readonly pollCommand: string;
  /** Null where the server is not known to be this service. */
  readonly approveCommand: string | null;
}

export function describePending(
  { url, keyFile, newKeyFile }: ScepTransaction,
  { transactionId, attemptId, retryAfterSeconds }: PendingNotes,
): PendingScepRequest {
  const publicKeySha256 = publicKeySha256Of(newKeyFile);
  return {
    status: 'pending',
    url,
    transactionId,
    publicKeySha256,
    attemptId: attemptId ?? null,
    retryAfterSeconds: retryAfterSeconds ?? null,
    transactionFile: transactionFileOf(keyFile),
    newKeyFile,
    pollCommand: `touchmark scep poll ${keyFile}`,
    approveCommand: attemptId === undefined ? null : `touchmark request approve ${publicKeySha256}`,
  };
}

export function writePendingRequest(io: Io, request: PendingScepRequest, output: 'table' | 'json' | 'pem'): void {
  switch (output) {
    case 'json':
      return writeData(io, JSON.stringify(request, undefined, 2));
    case 'pem':
      // There is no certificate yet.
      return say(io, `The request is pending. To ask again: ${request.pollCommand}`);
    case 'table':
      return writeFacts(io, [
        ['Status', state('pending')],
        ['Waits for', 'an administrator of the CA, who has to approve it'],
        ['At', request.url],
        ['Transaction', request.transactionId],
        ['Key (SHA-256)', request.publicKeySha256],
        ['Attempt', request.attemptId ?? '-'],
        ['Ask again', `${afterOf(request)}${request.pollCommand}`],
        ['To approve', request.approveCommand ?? 'as the operator of the CA does, who knows the transaction'],
      ]);
  }
}

function afterOf({ retryAfterSeconds }: PendingScepRequest): string {
  return retryAfterSeconds === null ? '' : `in ${spell(retryAfterSeconds)}: `;
}

function publicKeySha256Of(privateKeyFile: string): string {
  const spki = createPublicKey(readFileSync(privateKeyFile)).export({ format: 'der', type: 'spki' });
  return createHash('sha256').update(spki).digest('hex');
}
