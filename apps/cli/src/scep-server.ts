/** The flags that say which SCEP server, and why it is believed; its failures as the user meets them. */
import { ScepError } from '@touchmark/client';
import type { ScepEndpointOptions, ScepErrorCode, ScepTrust } from '@touchmark/client';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { CliFailure } from './failure.ts';
import type { ExitCodeName } from './failure.ts';
import { readInput } from './files.ts';
import type { Io } from './io.ts';

export interface EndpointOptions {
  readonly caIdentifier?: string;
  readonly timeout?: number;
}

export interface TrustOptions {
  readonly fingerprint?: string;
  readonly roots?: string;
}

export interface AlgorithmFlags {
  readonly allowSha1?: boolean;
  readonly aes256?: boolean;
}

export function endpointOptions(command: Command): Command {
  return command
    .argument('<url>', 'for example http://ca.example.com/scep/factory')
    .option('--ca-identifier <text>', 'which CA, where the server has several')
    .option('--timeout <seconds>', 'for each exchange, 30 without it', parseSeconds);
}

export function trustOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--fingerprint <sha256>',
        'SHA-256 of the root or CA certificate, learned from the operator',
      ).conflicts('roots'),
    )
    .option('--roots <file>', 'the root certificate in PEM');
}

export function algorithmOptions(command: Command): Command {
  return command
    .option('--allow-sha1', 'also where a server knows nothing better')
    .option('--aes256', 'encrypt with 256 bits instead of 128; the server has to know it');
}

export function endpointOf(url: string, { caIdentifier, timeout }: EndpointOptions): ScepEndpointOptions {
  return { url, caIdentifier, timeoutSeconds: timeout };
}

/** Undefined when neither flag is there. */
export async function trustOf(io: Io, { fingerprint, roots }: TrustOptions): Promise<ScepTrust | undefined> {
  if (fingerprint !== undefined) return { rootFingerprint: fingerprint };
  if (roots === undefined) return undefined;
  return { roots: Buffer.from(await readInput(io, roots)).toString('latin1') };
}

export async function requiredTrustOf(io: Io, options: TrustOptions): Promise<ScepTrust> {
  const trust = await trustOf(io, options);
  if (trust !== undefined) return trust;
  throw new CliFailure('usage', 'Nothing says which CA is the right one, and plain HTTP proves nothing.', {
    hint: 'Give --fingerprint SHA256 or --roots FILE, as the operator of the CA tells it.',
  });
}

export function algorithmsOf({ allowSha1, aes256 }: AlgorithmFlags): { allowSha1: boolean; aesBits: 128 | 256 } {
  return { allowSha1: allowSha1 ?? false, aesBits: aes256 === true ? 256 : 128 };
}

const exits: Partial<Record<ScepErrorCode, ExitCodeName>> = {
  urlInvalid: 'usage',
  trustInvalid: 'usage',
  keyNotUsable: 'usage',
  certificateNotUsable: 'usage',
  subjectMissing: 'usage',
  unreachable: 'unreachable',
  refused: 'refused',
};

/** What `act` brings; what it fails with becomes a failure with an exit code. */
export async function withScep<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof ScepError)) throw error;
    throw new CliFailure(exits[error.code] ?? 'failed', error.message, { cause: error });
  }
}

function parseSeconds(written: string): number {
  const seconds = Number(written);
  if (seconds > 0 && seconds <= 600) return seconds;
  throw new InvalidArgumentError('Write seconds, at most 600.');
}
