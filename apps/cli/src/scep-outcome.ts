/** What becomes of a SCEP request: files in their places, a transaction kept or forgotten, and what the user is told. */
import { decodePem } from '@touchmark/asn1';
import { failInfoMeanings, ScepClient, ScepError } from '@touchmark/client';
import type { ScepOutcome } from '@touchmark/client';
import { CliFailure } from './failure.ts';
import { describeCertificate } from './inspect/certificate.ts';
import { say, suggestNext, writeData } from './io.ts';
import type { Io } from './io.ts';
import { writeFacts } from './output/table.ts';
import { state, withRelative } from './output/words.ts';
import { describePending, writePendingRequest } from './scep-pending.ts';
import { withScep } from './scep-server.ts';
import { finishTransaction, forgetTransaction, recordTransaction, transactionFileOf } from './scep-transaction.ts';
import type { ScepTransaction } from './scep-transaction.ts';

export type Output = 'table' | 'json' | 'pem';

/** A transaction, and whether its request may have been sent before. */
export interface Begun {
  readonly transaction: ScepTransaction;
  readonly again: boolean;
}

/** Refused before anything was sent. */
const nothingSent: readonly ScepError['code'][] = [
  'urlInvalid',
  'trustInvalid',
  'caNotTrusted',
  'raNotUsable',
  'keyNotUsable',
  'certificateNotUsable',
  'subjectMissing',
];

/** Asks, and does what the answer says. What has come already is only put in its place. */
export async function conclude(
  io: Io,
  { transaction, again }: Begun,
  output: Output,
  ask: (client: ScepClient) => Promise<ScepOutcome>,
): Promise<void> {
  if (transaction.issued !== undefined) {
    finish(io, { ...transaction, issued: transaction.issued }, output);
    return;
  }
  const outcome = await askOrKeep(io, { transaction, again }, ask);
  switch (outcome.kind) {
    case 'issued':
      finish(io, { ...transaction, issued: outcome.chainPem }, output);
      return;
    case 'pending':
      keepPending(io, transaction, outcome, output);
      return;
    case 'refused':
      // Refused this time; a certificate may have been issued the time before, and its answer lost.
      if (again && transaction.pending === undefined) sayKept(io, transaction);
      else forgetTransaction(transaction);
      return reportRefused(io, outcome, output);
  }
}

function askOrKeep(
  io: Io,
  { transaction, again }: Begun,
  ask: (client: ScepClient) => Promise<ScepOutcome>,
): Promise<ScepOutcome> {
  return withScep(async () => {
    const client = again ? clientOf(transaction) : await firstClientOf(transaction);
    try {
      return await ask(client);
    } catch (error) {
      if (!again && error instanceof ScepError && nothingSent.includes(error.code)) forgetTransaction(transaction);
      else sayKept(io, transaction);
      throw error;
    }
  });
}

/** Until the CA has answered, nothing of the request was sent: a wrong URL leaves nothing behind. */
async function firstClientOf(transaction: ScepTransaction): Promise<ScepClient> {
  try {
    const client = clientOf(transaction);
    await client.getCaCertificates();
    return client;
  } catch (error) {
    forgetTransaction(transaction);
    throw error;
  }
}

function sayKept(io: Io, { newKeyFile, keyFile }: ScepTransaction): void {
  say(io, `The key stays in ${newKeyFile}: the same command sends the same request again.`);
  say(io, `To give it up, remove ${transactionFileOf(keyFile)}`);
}

function clientOf({ url, caIdentifier, timeoutSeconds, trust, allowSha1, aesBits }: ScepTransaction): ScepClient {
  return new ScepClient({ url, caIdentifier, timeoutSeconds, ...trust, allowSha1, aesBits });
}

/** Puts key and certificate in their places, and tells. */
export function finish(io: Io, transaction: ScepTransaction & { readonly issued: string }, output: Output): void {
  finishTransaction(transaction);
  const { keyFile, certificateFile, issued: chainPem } = transaction;
  say(io, `Private key   ${keyFile}`);
  say(io, `Certificate   ${certificateFile}`);
  if (output === 'pem') return writeData(io, chainPem);
  const { subject, serialNumber, notAfter } = describeCertificate(firstOf(chainPem));
  if (output === 'json') {
    const issued = { status: 'issued', subject, serialNumber, notAfter, keyFile, certificateFile, chainPem };
    return writeData(io, JSON.stringify(issued, undefined, 2));
  }
  writeFacts(io, [
    ['Status', state('issued')],
    ['Subject', subject],
    ['Serial number', serialNumber],
    ['Not after', withRelative(notAfter)],
  ]);
  suggestNext(io, `touchmark cert inspect ${certificateFile}`);
}

function firstOf(chainPem: string): Uint8Array {
  return decodePem(chainPem)[0]?.bytes ?? new Uint8Array(0);
}

function keepPending(
  io: Io,
  transaction: ScepTransaction,
  { transactionId, signerCertificatePem, ...notes }: Extract<ScepOutcome, { kind: 'pending' }>,
  output: Output,
): void {
  recordTransaction({ ...transaction, pending: { transactionId, signerCertificatePem } });
  writePendingRequest(io, describePending(transaction, { transactionId, ...notes }), output);
  io.endWith('pending');
}

function reportRefused(
  io: Io,
  { transactionId, failInfo, failInfoText }: Extract<ScepOutcome, { kind: 'refused' }>,
  output: Output,
): never {
  if (output === 'json') {
    const refused = {
      status: 'refused',
      transactionId,
      failInfo: failInfo ?? null,
      failInfoText: failInfoText ?? null,
    };
    writeData(io, JSON.stringify(refused, undefined, 2));
  }
  const meaning = failInfo === undefined ? 'it gives no reason' : failInfoMeanings[failInfo];
  throw new CliFailure('refused', `The server refused (${failInfo ?? 'no failInfo'}): ${failInfoText ?? meaning}.`, {
    hint: `The operator of the CA sees why: tell them the attempt, if it is named, or the transaction ${transactionId}.`,
  });
}
