/** The real service with its ports wrapped, in a process of its own: the test's side of it. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { PostgresProxy } from '../postgres-proxy.ts';
import type { HeldAnswer } from '../postgres-proxy.ts';
import { TcpProxy } from '../tcp-proxy.ts';
import { newTouchmark } from '../touchmark.ts';
import type { Touchmark } from '../touchmark.ts';
import type { Point } from './points.ts';

const preload = pathToFileURL(join(import.meta.dirname, 'preload.ts')).href;
const arrivalLimitMilliseconds = 30_000;

export interface InstrumentedNodeOptions {
  readonly databaseUrl: string;
  /** Shared by the nodes of one registry. */
  readonly witnessFile: string;
  readonly environment: Readonly<Record<string, string>>;
}

export class InstrumentedNode {
  readonly touchmark: Touchmark;
  /** Between the node and PostgreSQL. */
  readonly database: PostgresProxy;
  /** Between devices and the node's EST listener. */
  readonly front: TcpProxy;
  readonly #directory: string;

  private constructor(touchmark: Touchmark, database: PostgresProxy, front: TcpProxy, directory: string) {
    this.touchmark = touchmark;
    this.database = database;
    this.front = front;
    this.#directory = directory;
  }

  /** Not started yet. */
  static async create({ databaseUrl, witnessFile, environment }: InstrumentedNodeOptions): Promise<InstrumentedNode> {
    const directory = mkdtempSync(join(tmpdir(), 'touchmark-held-'));
    const database = await PostgresProxy.start(databaseUrl);
    const touchmark = await newTouchmark({
      NODE_OPTIONS: `--import=${preload}`,
      DATABASE_URL: database.databaseUrl,
      WITNESS_FILE: witnessFile,
      WITNESS_DATABASE_URL: databaseUrl,
      HOLD_DIRECTORY: directory,
      ...environment,
    });
    const front = await TcpProxy.start({ host: '127.0.0.1', port: touchmark.ports.est });
    return new InstrumentedNode(touchmark, database, front, directory);
  }

  /** Where devices enroll. */
  get estUrl(): string {
    return `https://127.0.0.1:${this.front.port}/.well-known/est/factory`;
  }

  /** The next request of the device is held at the point. */
  hold(point: Point, device: string): HeldAnswer {
    if (point.hold === 'wire') return this.database.holdAnswer(point.statement, device);
    const file = (state: string): string => join(this.#directory, `${device}.${state}`);
    writeFileSync(file('armed'), '');
    return { reached: arrival(file('held')), release: () => writeFileSync(file('released'), '') };
  }

  /** Seconds until the process says that it is ready. */
  async untilReady(limitSeconds: number): Promise<number> {
    const startedAt = performance.now();
    for (;;) {
      const answer = await fetch(`${this.touchmark.metricsUrl}/readyz`).catch(() => undefined);
      const seconds = (performance.now() - startedAt) / 1000;
      if (answer?.status === 200) return seconds;
      if (seconds > limitSeconds) throw new Error(`not ready after ${limitSeconds} s: ${await answer?.text()}`);
      await sleep(25);
    }
  }

  async dispose(): Promise<void> {
    await this.touchmark.dispose();
    await this.front.stop();
    await this.database.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

async function arrival(file: string): Promise<void> {
  for (const until = Date.now() + arrivalLimitMilliseconds; !existsSync(file);) {
    if (Date.now() > until) throw new Error(`no request came as far as ${file}`);
    await sleep(5);
  }
}
