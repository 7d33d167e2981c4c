/** The REST interface as an administrator's program uses it, with the client certificate of the home. */
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { exchange } from './https-exchange.ts';
import type { HttpsAnswer } from './https-exchange.ts';
import { inParallel } from './in-parallel.ts';
import type { Touchmark } from './touchmark.ts';

export interface ShownCertificate {
  readonly id: string;
  readonly serialNumber: string;
  readonly status: 'active' | 'revoked' | 'held' | 'expired';
  readonly deviceId: string | null;
  readonly fingerprintSha256: string;
}

export interface ShownSecret {
  readonly id: string;
  readonly status: string;
  readonly uses: number;
}

export class AdminClient {
  readonly #agent: Agent;
  readonly #url: string;

  constructor({ home, firstRun, rootCertificateFile }: Touchmark) {
    this.#url = `${firstRun.adminUrl}/api/v1`;
    this.#agent = new Agent({
      ca: readFileSync(rootCertificateFile, 'utf8'),
      cert: readFileSync(join(home, firstRun.adminCertificateFile), 'utf8'),
      key: readFileSync(join(home, firstRun.adminKeyFile), 'utf8'),
      keepAlive: true,
      maxSockets: 8,
    });
  }

  /** One-time secrets for the label `factory`, bound to no device. */
  createSecrets(count: number): Promise<{ readonly id: string; readonly secret: string }[]> {
    return inParallel(Array.from({ length: count }), 8, async () => {
      const answer = await this.#call('POST', '/endpoints/factory/secrets', {});
      return JSON.parse(answer.body.toString()) as { id: string; secret: string };
    });
  }

  listSecrets(): Promise<ShownSecret[]> {
    return this.#list<ShownSecret>('/endpoints/factory/secrets?');
  }

  /** Certificates of devices, newest first. */
  listDeviceCertificates(): Promise<ShownCertificate[]> {
    return this.#list<ShownCertificate>('/certificates?profile=device&');
  }

  /** @param reference id, serial number or SHA-256 fingerprint */
  async getCertificate(reference: string): Promise<ShownCertificate> {
    const answer = await this.#call('GET', `/certificates/${reference}`);
    return JSON.parse(answer.body.toString()) as ShownCertificate;
  }

  async certificateDer(id: string): Promise<Uint8Array> {
    return new Uint8Array((await this.#call('GET', `/certificates/${id}/der`)).body);
  }

  /** Resolves with the acknowledgement. */
  revoke(id: string, reason = 'keyCompromise'): Promise<HttpsAnswer> {
    return this.#call('POST', `/certificates/${id}/revoke`, { reason });
  }

  close(): void {
    this.#agent.destroy();
  }

  async #list<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const from = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const answer = await this.#call('GET', `${path}limit=500${from}`);
      const page = JSON.parse(answer.body.toString()) as { items: T[]; nextCursor: string | null };
      items.push(...page.items);
      cursor = page.nextCursor;
    }
    return items;
  }

  async #call(method: string, path: string, body?: unknown): Promise<HttpsAnswer> {
    const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const options = { method, agent: this.#agent, headers };
    const answer = await exchange(
      `${this.#url}${path}`,
      options,
      body === undefined ? undefined : JSON.stringify(body),
    );
    if (answer.status >= 300)
      throw new Error(`${method} ${path} was answered with ${answer.status}: ${answer.body.toString()}`);
    return answer;
  }
}
