/** A Touchmark with labels of every kind, and what a refusal by it must look like. */
import { expect } from '@jest/globals';
import { readyProfiles } from '@touchmark/ca';
import { openRegistry } from '@touchmark/store';
import { startTestPostgres } from '@touchmark/store/testing';
import type { TestPostgres } from '@touchmark/store/testing';
import { buildCertificationRequest } from '@touchmark/testkit';
import { Administrator } from './administrator.ts';
import type { SecretWishes } from './administrator.ts';
import { askEst, enrollDevice, newDeviceName } from './est-request.ts';
import type { EnrolledDevice, EstRequest } from './est-request.ts';
import type { WireAnswer } from './est-socket.ts';
import { newTouchmark } from './touchmark.ts';
import type { Touchmark } from './touchmark.ts';

/** The shortest life that a profile may give: that of certificates from the label `brief`. */
const briefSeconds = 60;

export interface ExpectedRefusal {
  readonly status: number;
  readonly reason: string;
  /** The step of the issuance cycle that decided. */
  readonly step: string;
}

export class RefusingService {
  readonly touchmark: Touchmark;
  readonly admin: Administrator;
  readonly #postgres: TestPostgres;

  private constructor(touchmark: Touchmark, postgres: TestPostgres) {
    this.touchmark = touchmark;
    this.admin = new Administrator(touchmark);
    this.#postgres = postgres;
  }

  static async start(): Promise<RefusingService> {
    const postgres = await startTestPostgres({ migrated: false });
    const touchmark = await newTouchmark({ DATABASE_URL: postgres.databaseUrl });
    await touchmark.start();
    // Labels are read at the start.
    await touchmark.end();
    await addEndpoints(postgres.databaseUrl);
    await touchmark.start();
    return new RefusingService(touchmark, postgres);
  }

  async stop(): Promise<void> {
    this.admin.close();
    await this.touchmark.dispose();
    await this.#postgres.stop();
  }

  async query(text: string, values: readonly unknown[] = []): Promise<readonly Record<string, unknown>[]> {
    const { rows } = await this.#postgres.pool.query<Record<string, unknown>>(text, [...values]);
    return rows;
  }

  /** Everything that was ever signed, or is to be. */
  async signed(): Promise<unknown> {
    const [row] = await this.query(
      'SELECT (SELECT count(*) FROM certificate) AS certificates, (SELECT count(*) FROM issuance_intent) AS intents',
    );
    return row;
  }

  async newSecret(wishes: SecretWishes = {}): Promise<string> {
    return (await this.admin.createSecret(wishes)).secret;
  }

  /** A request that would be granted, but for what is different in it. */
  async grantable(different: EstRequest = {}): Promise<EstRequest> {
    return { secret: await this.newSecret(), body: await newRequest(), ...different };
  }

  async enroll(label = 'factory'): Promise<EnrolledDevice> {
    return enrollDevice(this.touchmark, await this.newSecret({ label }), { label });
  }

  async expectRefusal(answer: WireAnswer, { status, reason, step }: ExpectedRefusal): Promise<void> {
    expect([answer.status, answer.field('Touchmark-Reason')]).toEqual([status, reason]);
    const id = answer.field('Touchmark-Attempt') ?? '';
    const attempt = await this.admin.attempt(id);
    expect(attempt).toMatchObject({ id, outcome: 'refused', code: reason, certificateId: null, protocol: 'est' });
    expect(attempt.steps.at(-1)).toEqual({ step, note: attempt.message, warning: false });
    if (status === 401) {
      expect(answer.fields[0]).toEqual(['WWW-Authenticate', 'Basic realm="Touchmark"']);
      expect(answer.field('Content-Length')).toBe('0');
    } else {
      expect(answer.field('Content-Type')).toBe('text/plain; charset=utf-8');
      expect(answer.body.toString()).toBe(`${attempt.message}\nreason: ${reason}\nattempt: ${id}\n`);
    }
  }

  /** That somebody else is served now, and how long it took in milliseconds. */
  async serveSomebody(): Promise<number> {
    const request = await this.grantable();
    const startedAt = performance.now();
    const answer = await askEst(this.touchmark, request);
    expect(answer.status).toBe(200);
    return performance.now() - startedAt;
  }
}

export async function newRequest(commonName = newDeviceName()): Promise<Uint8Array> {
  return (await buildCertificationRequest({ commonName })).certificationRequestDer;
}

async function addEndpoints(databaseUrl: string): Promise<void> {
  const registry = openRegistry({ databaseUrl });
  const rules = readyProfiles.device!;
  const [factory] = await registry.admin.listEndpoints();
  const authorityId = factory!.authorityId;
  const add = async (label: string, changes: Partial<typeof rules>, accepts: Accepted = 'both'): Promise<void> => {
    await registry.admin.insertProfile(label, { ...rules, ...changes });
    await registry.admin.insertEndpoint({
      label,
      protocol: 'est',
      authorityId,
      profileName: label,
      acceptsSecret: accepts !== 'certificates',
      acceptsCertificate: accepts !== 'secrets',
    });
  };
  try {
    await add('second', {});
    await add('brief', { validity: { ...rules.validity, seconds: briefSeconds } });
    await add('bound', { requireChannelBinding: true });
    await add('early', { renewal: { ...rules.renewal, enforceWindow: true } });
    await add('rekeying', { renewal: { ...rules.renewal, sameKey: false } });
    await add('keeping', { renewal: { ...rules.renewal, rekey: false } });
    await add('secrets-only', {}, 'secrets');
    await add('certificates-only', {}, 'certificates');
  } finally {
    await registry.close();
  }
}

type Accepted = 'both' | 'secrets' | 'certificates';
