/** How this command reaches the service: as the host's own administrator, or with a URL and a token. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { CliFailure, messageOf, systemCodeOf } from './failure.ts';
import type { Io } from './io.ts';
import { userPath } from './io.ts';

/** What the first start left for scripts. Members that this command does not know are another version's: ignored. */
export const FirstRun = z.object({
  rootFingerprint: z.string(),
  publicUrl: z.string(),
  estUrl: z.string().optional(),
  adminUrl: z.string(),
  rootCertificateFile: z.string(),
  adminCertificateFile: z.string(),
  adminKeyFile: z.string(),
});
export type FirstRun = z.infer<typeof FirstRun>;

export interface Access {
  readonly url: URL;
  /** What authenticates: for messages. */
  readonly how: string;
  readonly caPem: string | undefined;
  readonly certificatePem: string | undefined;
  readonly keyPem: string | undefined;
  /** Undefined elsewhere too: whether anybody listens there is found out first, and what is public needs none. */
  readonly token: string | undefined;
}

/** Flags that every command takes. */
export interface AccessOptions {
  readonly home?: string;
  readonly url?: string;
  readonly tokenFile?: string;
  readonly caFile?: string;
}

export function homeDirectory(io: Io, options: AccessOptions): string {
  if (options.home !== undefined) return userPath(io, options.home);
  return resolve(io.cwd, io.env.TOUCHMARK_HOME ?? '.touchmark');
}

/** Flags beat the environment; a URL means "elsewhere", otherwise this host's home. */
export function resolveAccess(io: Io, options: AccessOptions): Access {
  const url = options.url ?? (options.home === undefined ? io.env.TOUCHMARK_URL : undefined);
  return url === undefined || url === '' ? accessByHome(homeDirectory(io, options)) : accessByToken(io, options, url);
}

export function readFirstRun(home: string): FirstRun {
  const path = join(home, 'first-run.json');
  const text = readOwn(path, `There is no Touchmark home at ${home}.`);
  const parsed = FirstRun.safeParse(parseJson(text, path));
  if (!parsed.success) throw new CliFailure('failed', `${path} is not as this version writes it.`);
  return parsed.data;
}

function accessByHome(home: string): Access {
  const firstRun = readFirstRun(home);
  const read = (file: string): string => readOwn(join(home, file), `${join(home, file)} is missing.`);
  return {
    url: new URL(firstRun.adminUrl),
    how: `client certificate of ${home}`,
    caPem: read(firstRun.rootCertificateFile),
    certificatePem: read(firstRun.adminCertificateFile),
    keyPem: read(firstRun.adminKeyFile),
    token: undefined,
  };
}

function accessByToken(io: Io, options: AccessOptions, text: string): Access {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:') {
    throw new CliFailure('usage', `"${text}" is not an https URL.`, {
      hint: 'For example https://ca.example.com:9443',
    });
  }
  const caFile = options.caFile ?? io.env.TOUCHMARK_CA_FILE;
  const caPem = caFile === undefined ? undefined : readOwn(userPath(io, caFile), `There is no file ${caFile}.`);
  return { url, how: 'API token', caPem, certificatePem: undefined, keyPem: undefined, token: readToken(io, options) };
}

function readToken(io: Io, options: AccessOptions): string | undefined {
  const file = options.tokenFile ?? (io.env.TOUCHMARK_TOKEN === undefined ? io.env.TOUCHMARK_TOKEN_FILE : undefined);
  if (file !== undefined) return readOwn(userPath(io, file), `There is no file ${file}.`).trim();
  return io.env.TOUCHMARK_TOKEN === '' ? undefined : io.env.TOUCHMARK_TOKEN;
}

function readOwn(path: string, missing: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') {
      throw new CliFailure('unreachable', missing, {
        hint: 'Start the service here (touchmark serve), say where its home is (TOUCHMARK_HOME), or set TOUCHMARK_URL and TOUCHMARK_TOKEN.',
      });
    }
    throw new CliFailure('forbidden', `${path} cannot be read: ${messageOf(error)}`);
  }
}

function parseJson(text: string, path: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    throw new CliFailure('failed', `${path} is not JSON.`);
  }
}
