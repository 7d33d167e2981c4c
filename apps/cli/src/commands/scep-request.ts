/** `touchmark scep enroll`, `renew` and `poll`: keys are made here and never leave. */
import { existsSync } from 'node:fs';
import type { ScepEnrollRequest } from '@touchmark/client';
import { generateKeyPair } from '@touchmark/crypto';
import type { KeyAlgorithmName } from '@touchmark/crypto';
import { parseDistinguishedName } from '@touchmark/x509';
import type { NameAttribute } from '@touchmark/x509';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { choice, outputOption } from '../command.ts';
import { CliFailure, messageOf } from '../failure.ts';
import { alreadyThere, readInput, writeWhole } from '../files.ts';
import { say, userPath } from '../io.ts';
import type { Io } from '../io.ts';
import { conclude, finish } from '../scep-outcome.ts';
import type { Begun, Output } from '../scep-outcome.ts';
import { algorithmOptions, algorithmsOf, endpointOptions, requiredTrustOf, trustOptions } from '../scep-server.ts';
import type { AlgorithmFlags, EndpointOptions, TrustOptions } from '../scep-server.ts';
import { findTransaction, recordTransaction, transactionFileOf } from '../scep-transaction.ts';
import type { ScepTransaction } from '../scep-transaction.ts';
import { collectSan } from '../subject-alt-name.ts';
import type { SubjectAltName } from '../subject-alt-name.ts';

/** An answer is encrypted for the key that asked (RFC 8894 §3.1). */
const rsaKeyAlgorithms = ['rsa-2048', 'rsa-3072', 'rsa-4096'] as const;

interface RequestOptions extends EndpointOptions, TrustOptions, AlgorithmFlags {
  readonly challenge?: string;
  readonly challengeFile?: string;
  readonly keyAlgorithm: KeyAlgorithmName;
  readonly overwrite?: boolean;
  readonly output: Output;
}

interface EnrollOptions extends RequestOptions {
  readonly subject?: readonly NameAttribute[];
  readonly cn?: string;
  readonly san: readonly SubjectAltName[];
  readonly out: string;
  readonly key: string;
  readonly reuseKey?: boolean;
}

interface RenewOptions extends RequestOptions {
  readonly cert: string;
  readonly key: string;
  readonly out?: string;
  readonly newKey?: string;
}

export function addScepRequestCommands(scep: Command, io: Io): void {
  requestOptions(scep.command('enroll').description('make an RSA key and get a certificate for it'))
    .addOption(
      new Option('--subject <name>', 'whole subject, for example CN=pump-17,O=Example')
        .argParser(parseSubject)
        .conflicts('cn'),
    )
    .option('--cn <name>', 'commonName, if that is all of the subject')
    .option('--san <kind:value>', 'dns:, ip:, uri: or email:, may be repeated', collectSan, [])
    .requiredOption('--key <file>', 'file for the private key (PKCS #8, mode 0600)')
    .requiredOption('--out <file>', 'file for the certificate followed by its issuers')
    .option('--reuse-key', 'use the key that is in --key already')
    .action((url: string, options: EnrollOptions) => enroll(io, url, options));

  requestOptions(scep.command('renew').description('get the successor of a certificate, for a new key'))
    .requiredOption('--cert <file>', 'the certificate, PEM')
    .requiredOption('--key <file>', 'its RSA key')
    .option('--out <file>', 'file for the new certificate; --cert without it')
    .option('--new-key <file>', 'file for the new key; --key without it')
    .action((url: string, options: RenewOptions) => renew(io, url, options));

  scep
    .command('poll')
    .description('ask what became of a request that was pending')
    .argument('<key>', 'the file that the key was to go into')
    .addOption(outputOption(['table', 'json', 'pem']))
    .action((key: string, options: { output: Output }) => poll(io, key, options.output));
}

function requestOptions(command: Command): Command {
  return algorithmOptions(trustOptions(endpointOptions(command)))
    .addOption(
      new Option('--challenge-file <file>', 'its first line is the challenge password; - for standard input').conflicts(
        'challenge',
      ),
    )
    .option('--challenge <password>', 'for trials: every user of this host can read it')
    .addOption(
      choice('--key-algorithm <name>', 'of the new key; the answer is encrypted for it', rsaKeyAlgorithms).default(
        'rsa-2048',
      ),
    )
    .option('--overwrite', 'replace files that are there')
    .addOption(outputOption(['table', 'json', 'pem']));
}

async function enroll(io: Io, url: string, options: EnrollOptions): Promise<void> {
  const keyFile = userPath(io, options.key);
  const certificateFile = userPath(io, options.out);
  const request = {
    subject:
      options.subject ?? (options.cn === undefined ? [] : [{ attribute: 'commonName', value: options.cn } as const]),
    subjectAltNames: [...options.san],
    challenge: await challengeOf(io, options),
  } satisfies ScepEnrollRequest;
  const { transaction, again } = await begin(io, url, options, { keyFile, certificateFile }, options.reuseKey ?? false);
  await conclude(io, { transaction, again }, options.output, async (client) =>
    client.enroll({ ...request, privateKeyPem: await textOf(io, transaction.newKeyFile) }),
  );
}

async function renew(io: Io, url: string, options: RenewOptions): Promise<void> {
  const certificatePem = await textOf(io, options.cert);
  const privateKeyPem = await textOf(io, options.key);
  const challenge = await challengeOf(io, options);
  const files = {
    keyFile: userPath(io, options.newKey ?? options.key),
    certificateFile: userPath(io, options.out ?? options.cert),
    renewal: { certificatePem, keyFile: userPath(io, options.key) },
  };
  const { transaction, again } = await begin(io, url, options, files, false);
  await conclude(io, { transaction, again }, options.output, async (client) =>
    client.renew({
      certificatePem,
      privateKeyPem,
      challenge,
      newPrivateKeyPem: await textOf(io, transaction.newKeyFile),
    }),
  );
}

async function poll(io: Io, key: string, output: Output): Promise<void> {
  const keyFile = userPath(io, key);
  const transaction = findTransaction(keyFile);
  if (transaction === undefined) {
    throw new CliFailure('notFound', `No request is under way for ${keyFile}.`, {
      hint: 'Name the file that was given as --key, or as --new-key.',
    });
  }
  const { pending, issued, renewal, newKeyFile } = transaction;
  if (issued !== undefined) {
    finish(io, { ...transaction, issued }, output);
    return;
  }
  if (pending === undefined) {
    throw new CliFailure('conflict', 'The server never said that the request is pending: it may not even have it.', {
      hint: 'Run the command that began it once more; it sends the same request again.',
    });
  }
  await conclude(io, { transaction, again: true }, output, async (client) =>
    client.poll({
      ...pending,
      signerPrivateKeyPem: await textOf(io, renewal?.keyFile ?? newKeyFile),
      privateKeyPem: await textOf(io, newKeyFile),
    }),
  );
}

type Files = Pick<ScepTransaction, 'keyFile' | 'certificateFile' | 'renewal'>;

/** On record before anything is sent: the new key, and with what it is asked for. Or what is on record already. */
async function begin(io: Io, url: string, options: RequestOptions, files: Files, reuseKey: boolean): Promise<Begun> {
  const trust = await requiredTrustOf(io, options);
  const underWay = findTransaction(files.keyFile);
  if (underWay !== undefined) return resume(io, url, files, underWay);
  const overwrite = options.overwrite ?? false;
  const taken = [files.certificateFile, ...(reuseKey ? [] : [files.keyFile])];
  if (!overwrite) for (const path of taken) if (existsSync(path)) throw alreadyThere(path);
  const newKeyFile = reuseKey ? files.keyFile : `${files.keyFile}.new`;
  if (reuseKey) await readInput(io, newKeyFile);
  else {
    const { privateKey } = await generateKeyPair(options.keyAlgorithm);
    // What may be there was never sent: a transaction would be on record.
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    writeWhole(newKeyFile, pem, { mode: 0o600, overwrite: true });
  }
  const { caIdentifier, timeout: timeoutSeconds } = options;
  const transaction = {
    ...files,
    url,
    caIdentifier,
    timeoutSeconds,
    trust,
    ...algorithmsOf(options),
    newKeyFile,
    overwrite,
  };
  recordTransaction(transaction);
  return { transaction, again: false };
}

function resume(io: Io, url: string, files: Files, underWay: ScepTransaction): Begun {
  const file = transactionFileOf(files.keyFile);
  if (underWay.url !== url || underWay.certificateFile !== files.certificateFile) {
    throw new CliFailure('conflict', `Another request is under way for ${files.keyFile}, with ${underWay.url}.`, {
      hint: `touchmark scep poll ${files.keyFile}, or remove ${file} to give it up.`,
    });
  }
  if (underWay.issued === undefined) say(io, `Sending the same request again, with the key in ${underWay.newKeyFile}.`);
  return { transaction: underWay, again: true };
}

async function challengeOf(io: Io, { challenge, challengeFile }: RequestOptions): Promise<string | undefined> {
  if (challengeFile === undefined) return challenge;
  return (await textOf(io, challengeFile)).split(/\r?\n/, 1)[0];
}

async function textOf(io: Io, file: string): Promise<string> {
  return Buffer.from(await readInput(io, file)).toString('utf8');
}

function parseSubject(written: string): NameAttribute[] {
  try {
    return parseDistinguishedName(written);
  } catch (error) {
    throw new InvalidArgumentError(messageOf(error));
  }
}
