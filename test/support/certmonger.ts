/**
 * A real certmonger in a directory of its own. It listens on a socket of its own, so that it needs neither D-Bus nor systemd,
 * and touches nothing of a certmonger of the system.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requiredProgram } from './programs.ts';
import { eventually, run } from './run.ts';
import type { RunResult } from './run.ts';

export interface TrackedRequest {
  /** E.g. MONITORING once the certificate is there, CA_WORKING while somebody has to approve it, CA_REJECTED. */
  readonly status: string;
  /** What the CA, or the helper that asked it, said last. */
  readonly error: string | undefined;
}

const patienceSeconds = 30;

export class Certmonger {
  readonly directory: string;
  readonly #environment: Readonly<Record<string, string>>;
  #process: ChildProcess | undefined;

  constructor(directory: string) {
    this.directory = directory;
    const at = (name: string): string => join(directory, name);
    for (const name of ['config', 'requests', 'cas', 'local', 'temp']) mkdirSync(at(name), { recursive: true });
    writeFileSync(join(at('config'), 'certmonger.conf'), '');
    this.#environment = {
      PATH: process.env.PATH ?? '',
      HOME: directory,
      TMPDIR: at('temp'),
      CERTMONGER_CONFIG_DIR: at('config'),
      CERTMONGER_REQUESTS_DIR: at('requests'),
      CERTMONGER_CAS_DIR: at('cas'),
      CERTMONGER_LOCAL_CA_DIR: at('local'),
      CERTMONGER_TMPDIR: at('temp'),
      CERTMONGER_SYSTEM_LOCK_FILE: at('lock'),
      CERTMONGER_PVT_ADDRESS: `unix:path=${at('bus')}`,
    };
  }

  async start(): Promise<void> {
    const words = ['-L', '-P', join(this.directory, 'bus'), '-n'];
    const child = spawn(requiredProgram('certmonger'), words, { env: this.#environment, stdio: 'ignore' });
    this.#process = child;
    await eventually('certmonger listening', patienceSeconds, async () => {
      if (child.exitCode !== null) throw new Error(`certmonger ended with ${child.exitCode}`);
      return (await this.#getcert('list-cas')).code === 0 ? true : undefined;
    });
  }

  /** Makes a SCEP server known, and waits until its certificates are; resolves to what `getcert list-cas` says of it. */
  async addScepCa(name: string, url: string): Promise<string> {
    await this.#getcertOk('add-scep-ca', '-c', name, '-u', url);
    return eventually(`the certificates of ${name}`, patienceSeconds, async () => {
      const { stdout } = await this.#getcertOk('list-cas', '-c', name);
      return stdout.includes('SCEP CA certificate thumbprint') ? stdout : undefined;
    });
  }

  /** `request`, `resubmit`, `rekey` or `refresh` (which asks now what became of a request that waits). */
  async begin(operation: string, id: string, ...words: string[]): Promise<void> {
    await this.#getcertOk(operation, operation === 'request' ? '-I' : '-i', id, ...words);
  }

  /** Waits until what is known of a request is as wanted. */
  async reach(id: string, isWanted: (request: TrackedRequest) => boolean): Promise<TrackedRequest> {
    let last: TrackedRequest | undefined;
    const wanted = eventually(`the end of the request ${id}`, patienceSeconds, async () => {
      last = await this.#find(id);
      return isWanted(last) ? last : undefined;
    });
    return wanted.catch((error: unknown) => {
      throw new Error(`The request ${id} is left with ${last?.status} (${last?.error}).`, { cause: error });
    });
  }

  async stop(): Promise<void> {
    const child = this.#process;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((done) => child.once('exit', done));
    child.kill('SIGTERM');
    await exited;
  }

  async #find(id: string): Promise<TrackedRequest> {
    const { stdout } = await this.#getcertOk('list', '-i', id);
    const field = (name: string): string | undefined => new RegExp(`^\\t${name}: (.*)$`, 'm').exec(stdout)?.[1];
    return { status: field('status') ?? 'unknown', error: field('ca-error') };
  }

  #getcert(...words: string[]): Promise<RunResult> {
    return run(requiredProgram('getcert'), words, { env: this.#environment });
  }

  async #getcertOk(...words: string[]): Promise<RunResult> {
    const result = await this.#getcert(...words);
    if (result.code === 0) return result;
    // No arguments: the challenge may be among them.
    throw new Error(`getcert ${words[0]} ended with ${result.code}: ${result.stdout}${result.stderr}`);
  }
}
