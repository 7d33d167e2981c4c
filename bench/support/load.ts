/** Puts load on a server from a child process, and measures what it costs the server. */
import { ForkedProgram } from './forked-program.ts';
import type { MeasuredServer } from './measured-server.ts';
import type { Sample } from './report.ts';

export interface Credential {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

export interface LoadRequest {
  /** The whole HTTP/1.1 request. */
  readonly message: Uint8Array;
  /** Of the credentials, which one presents itself on a connection made for this request. */
  readonly credential?: number;
}

export interface LoadPlan {
  readonly url: string;
  readonly caPem: string;
  readonly credentials: readonly Credential[];
  /** Otherwise connection `n` is made before the clock starts, with credential `n`, and takes the requests `n`, `n + concurrency`, … */
  readonly connectionPerRequest: boolean;
  readonly concurrency: number;
  readonly requests: readonly LoadRequest[];
  /** No request is started after this time. */
  readonly timeLimitSeconds: number;
  /** Return the answers' bodies. */
  readonly keepBodies?: boolean;
}

export interface LoadResult {
  readonly count: number;
  readonly wallSeconds: number;
  readonly latency: { readonly p50: number; readonly p99: number };
  readonly bodies: readonly string[];
}

export class LoadGenerator {
  readonly #program = new ForkedProgram(new URL('../programs/load-generator.ts', import.meta.url));

  /** Runs the plan against a server that is not measured. */
  async run(plan: LoadPlan): Promise<LoadResult> {
    await this.#program.ask({ kind: 'prepare', plan });
    return this.#program.ask<LoadResult>({ kind: 'go' });
  }

  async measure(server: MeasuredServer, plan: Omit<LoadPlan, 'url' | 'caPem' | 'timeLimitSeconds'>): Promise<Sample> {
    const { url, caPem } = server;
    await this.#program.ask({ kind: 'prepare', plan: { timeLimitSeconds: 20, ...plan, url, caPem } });
    const databaseBefore = server.databaseCpuSeconds?.();
    const before = await server.cpuSeconds();
    const { count, wallSeconds, latency } = await this.#program.ask<LoadResult>({ kind: 'go' });
    const serverCpuSeconds = (await server.cpuSeconds()) - before;
    const databaseAfter = server.databaseCpuSeconds?.();
    const databaseCpuSeconds =
      databaseBefore === undefined || databaseAfter === undefined ? undefined : databaseAfter - databaseBefore;
    return { count, wallSeconds, serverCpuSeconds, databaseCpuSeconds, latency };
  }

  close(): Promise<void> {
    return this.#program.end();
  }
}

export function httpGet(path: string): Uint8Array {
  return Buffer.from(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
}

export function httpPost(path: string, contentType: string, body: Uint8Array | string, fields = ''): Uint8Array {
  const bytes = Buffer.from(body);
  const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${contentType}\r\nContent-Length: ${bytes.length}\r\n${fields}\r\n`;
  return Buffer.concat([Buffer.from(head), bytes]);
}
