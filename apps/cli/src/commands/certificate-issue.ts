/** `touchmark cert issue`: the key is made here and never leaves; the service sees the certification request. */
import { randomUUID } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { encodePem } from '@touchmark/asn1';
import type { IssuedAnswer } from '@touchmark/admin-api';
import { createSoftwareSigner, generateKeyPair, keyAlgorithmNames } from '@touchmark/crypto';
import type { KeyAlgorithmName } from '@touchmark/crypto';
import { createCertificationRequest } from '@touchmark/x509';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { apiOf, outputOption } from '../command.ts';
import { CliFailure } from '../failure.ts';
import { alreadyThere, readInput, writeWhole } from '../files.ts';
import { say, suggestNext, userPath, writeData } from '../io.ts';
import type { Io } from '../io.ts';

interface SubjectAltName {
  readonly kind: 'dns' | 'ip' | 'uri' | 'email';
  readonly value: string;
}

interface IssueOptions {
  readonly profile: string;
  readonly ca?: string;
  readonly san: readonly SubjectAltName[];
  readonly cn?: string;
  readonly device?: string;
  readonly keyAlgorithm: KeyAlgorithmName;
  readonly csr?: string;
  readonly out?: string;
  readonly key?: string;
  readonly cert?: string;
  readonly overwrite?: boolean;
  readonly output: 'table' | 'json' | 'pem';
}

export function addIssueCommand(cert: Command, io: Io): void {
  cert
    .command('issue')
    .description('make a key and get a certificate for it; or with --csr, for a request made elsewhere')
    .requiredOption('--profile <name>', 'what kind of certificate')
    .option('--san <kind:value>', 'dns:, ip:, uri: or email:, may be repeated', collectSan, [])
    .option('--cn <name>', 'commonName')
    .option('--device <id>', 'the device it is for, where the profile names one')
    .option('--ca <name>', 'issuing authority, by default that of the profile')
    .addOption(new Option('--key-algorithm <name>', 'kind of key').choices(keyAlgorithmNames).default('ec-p256'))
    .addOption(new Option('--csr <file>', 'certification request in PEM or DER, - for standard input').conflicts('key'))
    .option('--out <directory>', 'where NAME.key and NAME.pem go')
    .option('--key <file>', 'file for the private key (PKCS #8, mode 0600)')
    .option('--cert <file>', 'file for the certificate followed by its issuers')
    .option('--overwrite', 'replace files that are there')
    .addOption(outputOption(['table', 'json', 'pem']))
    .action(async (options: IssueOptions, command: Command) => {
      await (options.csr === undefined
        ? issueWithNewKey(io, options, command)
        : issueForRequest(io, options, options.csr, command));
    });
}

async function issueWithNewKey(io: Io, options: IssueOptions, command: Command): Promise<void> {
  const files = filesOf(io, options);
  if (options.overwrite !== true)
    for (const path of Object.values(files)) if (existsSync(path)) throw alreadyThere(path);
  const { privateKey } = await generateKeyPair(options.keyAlgorithm);
  const requestDer = await createCertificationRequest({
    subject: options.cn === undefined ? [] : [{ attribute: 'commonName', value: options.cn }],
    subjectAltNames: [...options.san],
    signer: createSoftwareSigner(privateKey),
  });
  // The key first: a certificate without its key would be worth nothing.
  const write = { overwrite: options.overwrite ?? false };
  const keyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const temporaryKey = options.overwrite === true && existsSync(files.key) ? `${files.key}.new` : files.key;
  writeWhole(temporaryKey, keyPem, { mode: 0o600, ...write });
  const answer = await requestCertificate(io, options, encodePem('CERTIFICATE REQUEST', requestDer), command).catch(
    (error: unknown) => {
      // Refused for certain: nothing was issued for this key. If the answer was lost it may have been, so the key stays.
      const lost = !(error instanceof CliFailure) || error.exit === 'unreachable' || error.exit === 'failed';
      if (lost) say(io, `The key stays in ${temporaryKey}: a certificate may have been issued for it.`);
      else rmSync(temporaryKey, { force: true });
      throw error;
    },
  );
  if (temporaryKey !== files.key) {
    writeWhole(files.key, keyPem, { mode: 0o600, overwrite: true });
    rmSync(temporaryKey, { force: true });
  }
  writeWhole(files.certificate, answer.chainPem, { mode: 0o644, ...write });
  report(io, options, answer, [`Private key   ${files.key}`, `Certificate   ${files.certificate}`]);
  suggestNext(io, `touchmark cert inspect ${files.certificate}`);
}

async function issueForRequest(io: Io, options: IssueOptions, source: string, command: Command): Promise<void> {
  const bytes = await readInput(io, source);
  const text = Buffer.from(bytes);
  const request = text[0] === 0x30 ? text.toString('base64') : text.toString('utf8');
  const path = options.cert === undefined && options.out === undefined ? undefined : filesOf(io, options).certificate;
  if (path !== undefined && options.overwrite !== true && existsSync(path)) throw alreadyThere(path);
  const answer = await requestCertificate(io, options, request, command);
  if (path === undefined) {
    writeData(io, options.output === 'json' ? jsonOf(answer) : answer.chainPem);
    return;
  }
  writeWhole(path, answer.chainPem, { mode: 0o644, overwrite: options.overwrite ?? false });
  report(io, options, answer, [`Certificate   ${path}`]);
}

function requestCertificate(io: Io, options: IssueOptions, request: string, command: Command): Promise<IssuedAnswer> {
  const body = {
    profile: options.profile,
    authority: options.ca,
    certificationRequest: request,
    commonName: options.cn,
    subjectAltNames: options.san,
    deviceId: options.device,
  };
  return apiOf(io, command).post<IssuedAnswer>('/certificates', body, { 'Idempotency-Key': randomUUID() });
}

function report(io: Io, options: IssueOptions, answer: IssuedAnswer, lines: readonly string[]): void {
  const { serialNumber, notAfter, id } = answer.certificate;
  for (const line of lines) say(io, line);
  if (options.output === 'json') writeData(io, jsonOf(answer));
  else if (options.output === 'pem') writeData(io, answer.chainPem);
  else writeData(io, `Serial number ${serialNumber}\nNot after     ${notAfter}\nId            ${id}`);
}

function jsonOf(answer: IssuedAnswer): string {
  return JSON.stringify(answer, undefined, 2);
}

function filesOf(io: Io, { key, cert, out, cn, device, san }: IssueOptions): { key: string; certificate: string } {
  const named = cn ?? device ?? san[0]?.value;
  if (named === undefined && (key === undefined || cert === undefined)) {
    throw new CliFailure('usage', 'The certificate has no name yet.', {
      hint: 'Give --san dns:HOST, --cn NAME or --device ID.',
    });
  }
  const base = (named ?? '')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '_')
    .replace(/^\.+/, '_')
    .slice(0, 100);
  const directory = userPath(io, out ?? '.');
  return {
    key: key === undefined ? join(directory, `${base}.key`) : userPath(io, key),
    certificate: cert === undefined ? join(directory, `${base}.pem`) : userPath(io, cert),
  };
}

function collectSan(written: string, before: readonly SubjectAltName[]): readonly SubjectAltName[] {
  const match = /^(dns|ip|uri|email):(.+)$/.exec(written);
  const kind = match?.[1];
  if ((kind !== 'dns' && kind !== 'ip' && kind !== 'uri' && kind !== 'email') || match?.[2] === undefined) {
    throw new InvalidArgumentError('Write dns:HOST, ip:ADDRESS, uri:URI or email:ADDRESS.');
  }
  return [...before, { kind, value: match[2] }];
}
