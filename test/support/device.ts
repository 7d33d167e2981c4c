/** A device that does everything with openssl and curl, as a factory script does. */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requiredProgram } from './programs.ts';
import { run, runOk } from './run.ts';
import type { Touchmark } from './touchmark.ts';

export interface EstAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export class Device {
  readonly name: string;
  readonly directory: string;
  readonly keyFile: string;
  readonly requestFile: string;
  readonly certificateFile: string;

  constructor(directory: string, name: string) {
    this.name = name;
    this.directory = directory;
    this.keyFile = join(directory, `${name}.key`);
    this.requestFile = join(directory, `${name}.csr`);
    this.certificateFile = join(directory, `${name}.pem`);
  }

  /** Makes a new key and a request with the given subject. */
  async makeRequest(
    subject = `/CN=${this.name}`,
    keyWords = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  ): Promise<void> {
    await runOk(requiredProgram('openssl'), [
      'req',
      '-new',
      ...keyWords,
      '-nodes',
      '-keyout',
      this.keyFile,
      '-subj',
      subject,
      '-out',
      this.requestFile,
    ]);
  }

  /** A new request for the key that is there. */
  async remakeRequest(subject = `/CN=${this.name}`): Promise<void> {
    await runOk(requiredProgram('openssl'), [
      'req',
      '-new',
      '-key',
      this.keyFile,
      '-subj',
      subject,
      '-out',
      this.requestFile,
    ]);
  }

  /** Sends the request over EST; keeps the certificate when there is one. */
  async enroll(
    touchmark: Touchmark,
    options: { secret?: string; operation?: string; label?: string; words?: string[] } = {},
  ): Promise<EstAnswer> {
    const { secret, operation = 'simpleenroll', label = 'factory', words = [] } = options;
    const answer = await curlEst(touchmark, `/.well-known/est/${label}/${operation}`, [
      ...(secret === undefined ? [] : ['-u', `:${secret}`]),
      ...(operation === 'simplereenroll' ? this.tlsWords() : []),
      '-H',
      'Content-Type: application/pkcs10',
      '--data-binary',
      `@${this.requestFile}`,
      ...words,
    ]);
    if (answer.status === 200) {
      const pkcs7 = Buffer.from(answer.body, 'base64');
      const { stdout } = await runOk(requiredProgram('openssl'), ['pkcs7', '-inform', 'DER', '-print_certs'], {
        input: pkcs7,
      });
      writeFileSync(this.certificateFile, stdout.slice(stdout.indexOf('-----BEGIN')));
    }
    return answer;
  }

  /** What curl needs to present the device's certificate. */
  tlsWords(): string[] {
    return existsSync(this.certificateFile) ? ['--cert', this.certificateFile, '--key', this.keyFile] : [];
  }

  async serialNumberHex(): Promise<string> {
    const { stdout } = await runOk(requiredProgram('openssl'), [
      'x509',
      '-in',
      this.certificateFile,
      '-noout',
      '-serial',
    ]);
    return stdout.trim().replace('serial=', '').toLowerCase();
  }
}

/** One request with curl to the EST listener. */
export async function curlEst(touchmark: Touchmark, path: string, words: readonly string[] = []): Promise<EstAnswer> {
  const headerFile = join(touchmark.home, `headers-${randomUUID()}`);
  const result = await run(requiredProgram('curl'), [
    '-sS',
    '-D',
    headerFile,
    '--max-time',
    '20',
    '--cacert',
    touchmark.rootCertificateFile,
    ...words,
    `${touchmark.firstRun.estUrl}${path}`,
  ]);
  const head = existsSync(headerFile) ? readFileSync(headerFile, 'utf8') : '';
  const blocks = head.split(/\r?\n\r?\n/).filter((block) => block.startsWith('HTTP/'));
  const lines = (blocks.at(-1) ?? '').split(/\r?\n/);
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(lines[0] ?? '')?.[1] ?? 0);
  if (status === 0) throw new Error(`curl ended with ${result.code}: ${result.stderr}`);
  const headers = new Map(
    lines.slice(1).map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  return { status, headers, body: result.stdout };
}
