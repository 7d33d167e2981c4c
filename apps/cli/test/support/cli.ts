/** The command as a child process, beside a service of its own. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { der } from '@touchmark/asn1';
import { encodeCrlEntry, encodeSigned, encodeTbsCertList, extension } from '@touchmark/x509';
import { createWorld } from '../../../../packages/admin-api/test/support/world.ts';
import type { World } from '../../../../packages/admin-api/test/support/world.ts';

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Undefined when stdout is not JSON. */
  readonly json: unknown;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
  readonly cwd?: string;
  /** As on a full disk: a write beyond it is cut short, the next one fails. */
  readonly largestFileOctets?: 512 | 1024;
}

export interface Bench {
  readonly world: World;
  readonly directory: string;
  readonly home: string;
  /** What was asked of the public listener, `METHOD path`. */
  readonly publicRequests: { readonly line: string; readonly body: Buffer }[];
  /** With the home of this host. */
  touchmark(args: readonly string[], options?: RunOptions): Promise<Outcome>;
  close(): Promise<void>;
}

const main = fileURLToPath(new URL('../../bin/touchmark.js', import.meta.url));

export async function createBench(): Promise<Bench> {
  const world = await createWorld();
  const directory = mkdtempSync(join(tmpdir(), 'touchmark-cli-'));
  const home = join(directory, 'home');
  writeHome(home, world);
  const publicRequests: { line: string; body: Buffer }[] = [];
  const publicServer = await servePublic(await createCrl(world), publicRequests);
  const address = publicServer.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  world.services.status = { ...world.services.status, publicUrl: `http://127.0.0.1:${port}` };
  return {
    world,
    directory,
    home,
    publicRequests,
    touchmark: (args, options = {}) =>
      runCli(args, { cwd: directory, ...options, env: { TOUCHMARK_HOME: home, ...options.env } }),
    close: async () => {
      publicServer.close();
      publicServer.closeAllConnections();
      await world.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Only the given environment, PATH, and where Node keeps what it compiled. */
export async function runCli(
  args: readonly string[],
  { env = {}, stdin = '', cwd, largestFileOctets }: RunOptions,
): Promise<Outcome> {
  const words = [process.execPath, main, ...args];
  // In blocks of 512 octets (POSIX).
  const limit = largestFileOctets === undefined ? '' : `ulimit -f ${largestFileOctets / 512}; `;
  const child = spawn('sh', ['-c', `${limit}exec "$@"`, 'sh', ...words], {
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...env },
    ...(cwd !== undefined && { cwd }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  // A command that does not read its input may be gone before it is written.
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr, json: parseJson(stdout) };
}

function writeHome(home: string, world: World): void {
  mkdirSync(join(home, 'admin'), { recursive: true, mode: 0o700 });
  chmodSync(home, 0o711);
  const { administrator } = world.identities;
  const secret = (file: string, text: string): void => writeFileSync(join(home, file), text, { mode: 0o600 });
  const firstRun = {
    rootFingerprint: Buffer.from(world.authority.root.certificate.fingerprintSha256).toString('hex'),
    estUrl: 'https://127.0.0.1:2',
    publicUrl: 'http://127.0.0.1:1',
    adminUrl: `https://127.0.0.1:${world.listener.port}`,
    enrollmentSecret: 'never used here',
    rootCertificateFile: 'root.pem',
    adminCertificateFile: 'admin/admin.pem',
    adminKeyFile: 'admin/admin.key',
  };
  secret('first-run.json', JSON.stringify(firstRun));
  secret('admin/admin.key', administrator.keyPem);
  secret('key-passphrase', 'a passphrase of the home');
  writeFileSync(join(home, 'admin/admin.pem'), administrator.pem + world.authority.issuing.certificate.pem);
  writeFileSync(join(home, 'root.pem'), world.authority.root.certificate.pem);
}

export async function createCrl(world: World, { days = 7 } = {}): Promise<Uint8Array> {
  const { signer, subjectDer } = world.authority.issuing;
  const algorithm = signer.algorithm.algorithmIdentifierDer;
  const revocationDate = new Date('2026-01-31T12:00:00Z');
  const serialNumber = new Uint8Array([0x0a, 0x01]);
  const tbs = encodeTbsCertList({
    signatureAlgorithmDer: algorithm,
    issuerDer: subjectDer,
    thisUpdate: new Date(Date.now() - 3_600_000 * (days < 0 ? 1000 : 1)),
    nextUpdate: new Date(Date.now() + days * 86_400_000),
    extensionsDer: [extension.crlNumber(41n)],
    entriesDer: encodeCrlEntry({ serialNumber, revocationDate, reason: 'keyCompromise', invalidityDate: undefined }),
  });
  return encodeSigned(tbs, algorithm, await signer.sign(tbs));
}

async function servePublic(crlDer: Uint8Array, requests: { line: string; body: Buffer }[]): Promise<Server> {
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const line = `${incoming.method} ${incoming.url}`;
      requests.push({ line, body: Buffer.concat(chunks) });
      if (line === 'GET /pki/issuing.crl') outgoing.end(Buffer.from(crlDer));
      // OCSPResponse with responseStatus successful; its contents are not what the caller looks at.
      else if (line === 'POST /ocsp/issuing') outgoing.end(Buffer.from(der.sequence(der.enumerated(0))));
      else outgoing.writeHead(404).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

export function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
