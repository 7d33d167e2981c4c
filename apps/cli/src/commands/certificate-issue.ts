/** `touchmark cert issue`: the key is made here and never leaves; the service sees the certification request. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { decodePem, encodePem, equalBytes, fromBase64, isPem } from '@touchmark/asn1';
import type { IssuedAnswer } from '@touchmark/admin-api';
import { createSoftwareSigner, generateKeyPair, keyAlgorithmNames } from '@touchmark/crypto';
import type { KeyAlgorithmName } from '@touchmark/crypto';
import { createCertificationRequest, parseCertificate, parseCertificationRequest } from '@touchmark/x509';
import { Option } from 'commander';
import type { Command } from 'commander';
import { apiOf, choice, outputOption } from '../command.ts';
import { CliFailure } from '../failure.ts';
import { alreadyThere, readInput, stageFile, writeWhole } from '../files.ts';
import type { StagedFile } from '../files.ts';
import { say, suggestNext, userPath, writeData } from '../io.ts';
import type { Io } from '../io.ts';
import { readPassword } from '../password.ts';
import { encryptedKeyPem, pkcs12Of } from '../pkcs12-file.ts';
import { collectSan } from '../subject-alt-name.ts';
import type { SubjectAltName } from '../subject-alt-name.ts';

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
  readonly p12?: string;
  readonly passwordFile?: string;
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
    .addOption(choice('--key-algorithm <name>', 'kind of key', keyAlgorithmNames).default('ec-p256'))
    .addOption(
      new Option('--csr <file>', 'certification request in PEM or DER, - for standard input').conflicts(['key', 'p12']),
    )
    .addOption(
      new Option(
        '--p12 <file>',
        'key, certificate and issuers in one PKCS #12 file under a password; instead of --key, --cert and --out',
      ).conflicts(['key', 'cert', 'out']),
    )
    .option('--password-file <file>', 'its first line is the password for --p12; asked for without it')
    .option('--out <directory>', 'where NAME.key and NAME.pem go; for --p12, give the path in it')
    .option('--key <file>', 'file for the private key (PKCS #8, mode 0600)')
    .option('--cert <file>', 'file for the certificate followed by its issuers')
    .option('--overwrite', 'replace files that are there')
    .addOption(outputOption(['table', 'json', 'pem']))
    .action(async (options: IssueOptions, command: Command) => {
      if (options.csr !== undefined) await issueForRequest(io, options, options.csr, command);
      else if (options.p12 !== undefined) await issueAsPkcs12(io, options, options.p12, command);
      else await issueWithNewKey(io, options, command);
    });
}

async function issueWithNewKey(io: Io, options: IssueOptions, command: Command): Promise<void> {
  const files = filesOf(io, options);
  const overwrite = options.overwrite ?? false;
  if (!overwrite) for (const path of Object.values(files)) if (existsSync(path)) throw alreadyThere(path);
  const { privateKey, signer, request } = await newRequest(options);
  // The key first: a certificate without its key would be worth nothing. An old key stays until its successor is certified.
  const keyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const key = stageFile(files.key, keyPem, { mode: 0o600, overwrite });
  const answer = await requestForKey(io, options, request, key, command);
  try {
    checkPublicKey(answer, signer.subjectPublicKeyInfoDer);
    const certificate = stageFile(files.certificate, answer.chainPem, { mode: 0o644, overwrite });
    try {
      key.place();
      certificate.place();
    } finally {
      certificate.discard();
    }
  } catch (error) {
    if (existsSync(key.temporary)) sayKeyStays(io, key);
    say(io, `The certificate is on record: touchmark cert show ${answer.certificate.id} -o pem --chain`);
    throw error;
  }
  report(io, options, answer, [`Private key   ${files.key}`, `Certificate   ${files.certificate}`]);
  suggestNext(io, `touchmark cert inspect ${files.certificate}`);
}

/** One file for a person to import; the key is at no moment on the disk without its password. */
async function issueAsPkcs12(io: Io, options: IssueOptions, file: string, command: Command): Promise<void> {
  const path = userPath(io, file);
  const overwrite = options.overwrite ?? false;
  if (!overwrite && existsSync(path)) throw alreadyThere(path);
  const password = await readPassword(io, options.passwordFile);
  const { privateKey, signer, request } = await newRequest(options);
  const key = stageFile(path, encryptedKeyPem(privateKey, password), { mode: 0o600, overwrite });
  const answer = await requestForKey(io, options, request, key, command);
  try {
    checkPublicKey(answer, signer.subjectPublicKeyInfoDer);
    const name = options.cn ?? options.device ?? answer.certificate.serialNumber;
    const content = await pkcs12Of(privateKey, answer.chainPem, name, password);
    writeWhole(path, content, { mode: 0o600, overwrite });
  } catch (error) {
    sayKeyStays(io, key);
    say(io, `The certificate is on record: touchmark cert show ${answer.certificate.id} -o pem --chain`);
    throw error;
  }
  key.discard();
  report(io, options, answer, [`PKCS #12      ${path}`]);
  suggestNext(io, `openssl pkcs12 -in ${path} -info -noout`);
}

async function newRequest({ keyAlgorithm, cn, san }: IssueOptions) {
  const { privateKey } = await generateKeyPair(keyAlgorithm);
  const signer = createSoftwareSigner(privateKey);
  const requestDer = await createCertificationRequest({
    subject: cn === undefined ? [] : [{ attribute: 'commonName', value: cn }],
    subjectAltNames: [...san],
    signer,
  });
  return { privateKey, signer, request: encodePem('CERTIFICATE REQUEST', requestDer) };
}

/** Refused for certain: nothing was issued for this key. If the answer was lost it may have been, so the key stays. */
async function requestForKey(
  io: Io,
  options: IssueOptions,
  request: string,
  key: StagedFile,
  command: Command,
): Promise<IssuedAnswer> {
  try {
    return await requestCertificate(io, options, request, command);
  } catch (error) {
    if (!(error instanceof CliFailure) || error.options.mayBeDone === true) sayKeyStays(io, key);
    else key.discard();
    throw error;
  }
}

function sayKeyStays(io: Io, { temporary }: StagedFile): void {
  say(io, `The key stays in ${temporary}: a certificate may have been issued for it.`);
}

async function issueForRequest(io: Io, options: IssueOptions, source: string, command: Command): Promise<void> {
  const bytes = Buffer.from(await readInput(io, source));
  const request = bytes[0] === 0x30 ? bytes.toString('base64') : bytes.toString('utf8');
  const path = options.cert === undefined && options.out === undefined ? undefined : filesOf(io, options).certificate;
  if (path !== undefined && options.overwrite !== true && existsSync(path)) throw alreadyThere(path);
  const answer = await requestCertificate(io, options, request, command);
  checkPublicKey(answer, parseCertificationRequest(derOf(request)).subjectPublicKeyInfoDer);
  if (path === undefined) {
    writeData(io, options.output === 'json' ? jsonOf(answer) : answer.chainPem);
    return;
  }
  writeWhole(path, answer.chainPem, { mode: 0o644, overwrite: options.overwrite ?? false });
  report(io, options, answer, [`Certificate   ${path}`]);
}

/** A certificate for another key, however it came here, would only be noticed when a server does not start. */
function checkPublicKey({ chainPem, certificate }: IssuedAnswer, subjectPublicKeyInfoDer: Uint8Array): void {
  const [leaf] = decodePem(chainPem);
  if (leaf !== undefined) {
    const { subjectPublicKeyInfoDer: certified } = parseCertificate(leaf.bytes);
    if (equalBytes(certified, subjectPublicKeyInfoDer)) return;
  }
  throw new CliFailure(
    'failed',
    `The certificate in the answer (${certificate.id}) is for another key; nothing was written.`,
  );
}

/** Of a request that the service has read: PEM, or DER in base64. */
function derOf(request: string): Uint8Array {
  if (!isPem(request)) return fromBase64(request.replaceAll(/\s/g, ''));
  return decodePem(request).find(({ label }) => label.endsWith('CERTIFICATE REQUEST'))?.bytes ?? new Uint8Array();
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
