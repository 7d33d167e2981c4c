/** The real service: `touchmark serve` in a process and a home of its own, with its embedded PostgreSQL. */
import { readFileSync } from 'node:fs';
import { newTouchmark } from '../../test/support/touchmark.ts';
import type { Touchmark } from '../../test/support/touchmark.ts';
import type { MeasuredServer } from './measured-server.ts';
import { postgresCpuSeconds } from './process-cpu.ts';

export class TouchmarkServer {
  readonly touchmark: Touchmark;

  private constructor(touchmark: Touchmark) {
    this.touchmark = touchmark;
  }

  /** @param env e.g. NODE_OPTIONS, to profile it */
  static async start(env: Record<string, string> = {}): Promise<TouchmarkServer> {
    const touchmark = await newTouchmark({ TOUCHMARK_LOG_LEVEL: 'warn', ...env });
    try {
      await touchmark.start();
    } catch (error) {
      await touchmark.dispose();
      throw error;
    }
    return new TouchmarkServer(touchmark);
  }

  /** As the target of load on its EST listener. */
  get est(): MeasuredServer {
    return this.#listener(this.touchmark.firstRun.estUrl, readFileSync(this.touchmark.rootCertificateFile, 'utf8'));
  }

  /** As the target of load on its plain listener. */
  get status(): MeasuredServer {
    return this.#listener(this.touchmark.firstRun.publicUrl, '');
  }

  async newScepEndpoint(label: string): Promise<void> {
    const words = ['endpoint', 'create', label, '--protocol', 'scep', '--profile', 'device', '--ca', 'issuing'];
    await this.touchmark.cliJson(...words);
  }

  /** At the endpoint `factory` unless told otherwise. */
  async newSecret(uses: number, label = 'factory'): Promise<string> {
    const words = ['endpoint', 'secret', 'create', label, '--uses', String(uses)];
    return ((await this.touchmark.cliJson(...words)) as { secret: string }).secret;
  }

  close(): Promise<void> {
    return this.touchmark.dispose();
  }

  #listener(url: string, caPem: string): MeasuredServer {
    return {
      url,
      caPem,
      cpuSeconds: () => this.#cpuSeconds(),
      databaseCpuSeconds: () => postgresCpuSeconds(this.touchmark.pid),
      close: async () => undefined,
    };
  }

  /** process.cpuUsage of the service, as its metrics tell it. */
  async #cpuSeconds(): Promise<number> {
    const text = await (await fetch(`${this.touchmark.metricsUrl}/metrics`)).text();
    const seconds = /^process_cpu_seconds_total (\S+)/m.exec(text)?.[1];
    if (seconds === undefined) throw new Error('The metrics do not tell the CPU time of the process.');
    return Number(seconds);
  }
}
