/** A server under test: where it is, and how much CPU it has used. */
import { ForkedProgram } from './forked-program.ts';

export interface MeasuredServer {
  readonly url: string;
  /** PEM of the root to trust; empty without TLS. */
  readonly caPem: string;
  /** User and system time of the process since its start. */
  cpuSeconds(): Promise<number>;
  /** The same of its PostgreSQL. */
  databaseCpuSeconds?(): number | undefined;
  close(): Promise<void>;
}

/** What a server program answers to `{ kind: 'start' }`. */
export interface StartedServer {
  readonly url: string;
  readonly caPem: string;
  /** An enrollment secret without a limit, where there is something to enroll at. */
  readonly secret?: string;
}

export class ForkedServer implements MeasuredServer {
  readonly #program: ForkedProgram;
  readonly started: StartedServer;

  private constructor(program: ForkedProgram, started: StartedServer) {
    this.#program = program;
    this.started = started;
  }

  static async start(program: URL, options: object = {}): Promise<ForkedServer> {
    const forked = new ForkedProgram(program);
    return new ForkedServer(forked, await forked.ask<StartedServer>({ kind: 'start', ...options }));
  }

  get url(): string {
    return this.started.url;
  }

  get caPem(): string {
    return this.started.caPem;
  }

  cpuSeconds(): Promise<number> {
    return this.#program.ask<number>({ kind: 'cpuSeconds' });
  }

  close(): Promise<void> {
    return this.#program.end();
  }
}
