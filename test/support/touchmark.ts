/** A real Touchmark in a process of its own, on free ports and a home of its own. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FirstRun } from '@touchmark/server';
import { placeCluster } from '@touchmark/store/testing';

const repository = resolve(import.meta.dirname, '../..');
const main = join(repository, 'apps/cli/bin/touchmark.js');

export interface Ports {
  readonly public: number;
  readonly est: number;
  readonly admin: number;
  readonly metrics: number;
}

export class Touchmark {
  readonly home: string;
  readonly ports: Ports;
  readonly #env: Record<string, string>;
  #process: ChildProcess | undefined;
  /** What the process printed since its last start. */
  stdout = '';
  stderr = '';

  constructor(home: string, ports: Ports, env: Record<string, string>) {
    this.home = home;
    this.ports = ports;
    this.#env = env;
  }

  get firstRun(): FirstRun {
    return JSON.parse(readFileSync(join(this.home, 'first-run.json'), 'utf8')) as FirstRun;
  }

  get rootCertificateFile(): string {
    return join(this.home, this.firstRun.rootCertificateFile);
  }

  get metricsUrl(): string {
    return `http://127.0.0.1:${this.ports.metrics}`;
  }

  get pid(): number {
    if (this.#process?.pid === undefined) throw new Error('Touchmark is not running.');
    return this.#process.pid;
  }

  /** Started, and not ended by anybody. */
  get isRunning(): boolean {
    return this.#process?.exitCode === null && this.#process.signalCode === null;
  }

  get environment(): Record<string, string | undefined> {
    const { ports } = this;
    return {
      ...process.env,
      TOUCHMARK_HOME: this.home,
      TOUCHMARK_PUBLIC_LISTEN: `127.0.0.1:${ports.public}`,
      TOUCHMARK_EST_LISTEN: `127.0.0.1:${ports.est}`,
      TOUCHMARK_ADMIN_LISTEN: `127.0.0.1:${ports.admin}`,
      TOUCHMARK_METRICS_LISTEN: `127.0.0.1:${ports.metrics}`,
      ...this.#env,
    };
  }

  /** Spares the first start the making of a cluster, where it is not what is tried. */
  async placeCluster(): Promise<void> {
    if (this.#env.DATABASE_URL === undefined) await placeCluster(this.home);
  }

  /** Starts the process and waits until it is ready. @param settings for this once */
  async start(settings: Readonly<Record<string, string>> = {}): Promise<void> {
    const child = this.spawn(settings);
    const deadline = Date.now() + 60_000;
    for (;;) {
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(
          `Touchmark ended at its start (${child.exitCode ?? child.signalCode}):\n${this.stdout}\n${this.stderr}`,
        );
      }
      const ready = await fetch(`${this.metricsUrl}/readyz`).catch(() => undefined);
      if (ready?.ok) return;
      if (Date.now() > deadline)
        throw new Error(`Touchmark is not ready after a minute:\n${this.stdout}\n${this.stderr}`);
      await sleep(50);
    }
  }

  /** Starts the process and does not wait. */
  spawn(settings: Readonly<Record<string, string>> = {}): ChildProcess {
    this.stdout = '';
    this.stderr = '';
    const child = spawn(process.execPath, [main, 'serve'], {
      cwd: repository,
      env: { ...this.environment, ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.#process = child;
    return child;
  }

  /** Ends the process with a signal and waits for it; returns its exit code. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const child = this.#process;
    if (child === undefined) return null;
    if (child.exitCode === null && child.signalCode === null) {
      const exited = new Promise((done) => child.once('exit', done));
      child.kill(signal);
      await exited;
    }
    this.#process = undefined;
    return child.exitCode;
  }

  /** Runs the command line against this service. */
  async cli(
    ...words: string[]
  ): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
    const child = spawn(process.execPath, [main, ...words], {
      cwd: this.home,
      env: this.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const code = await new Promise<number | null>((done) => child.once('close', done));
    return { code, stdout, stderr };
  }

  /** The same with `-o json`, parsed; throws when the command failed. */
  async cliJson(...words: string[]): Promise<unknown> {
    const { code, stdout, stderr } = await this.cli(...words, '-o', 'json');
    if (code !== 0) throw new Error(`touchmark ${words.join(' ')} ended with ${code}: ${stderr}`);
    return JSON.parse(stdout);
  }

  /** Ends the process and removes the home. */
  async dispose(): Promise<void> {
    await this.end();
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** A new Touchmark in a new home, not started yet. */
export async function newTouchmark(env: Record<string, string> = {}): Promise<Touchmark> {
  const home = mkdtempSync(join(tmpdir(), 'touchmark-'));
  chmodSync(home, 0o755);
  const [publicPort, est, admin, metrics] = await freePorts(4);
  return new Touchmark(
    home,
    { public: publicPort ?? 0, est: est ?? 0, admin: admin ?? 0, metrics: metrics ?? 0 },
    { TOUCHMARK_LOG_LEVEL: 'info', ...env },
  );
}

export async function startTouchmark(env: Record<string, string> = {}): Promise<Touchmark> {
  const touchmark = await newTouchmark(env);
  await touchmark.placeCluster();
  await touchmark.start();
  return touchmark;
}

/**
 * Ports that were free a moment ago, all different. They are below those that the system gives to outgoing connections, so
 * that none of them is gone when a service starts again.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(12_000, 32_000);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
