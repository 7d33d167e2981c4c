import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { EnrollmentAttempt } from '@touchmark/ca';
import { createSoftwareSigner, generateKeyPair } from '@touchmark/crypto';
import { createCertificationRequest } from '@touchmark/x509';
import type { Attempt, AttemptSummary } from '../src/index.ts';
import { attemptRoutes } from '../src/routes/attempts.ts';
import { createWorld, tokenOf } from './support/world.ts';
import type { World } from './support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const asViewer = { token: tokenOf('viewer') };

async function requestOf(octets: number): Promise<Uint8Array> {
  const { privateKey } = await generateKeyPair('ec-p256');
  return createCertificationRequest({
    subject: [{ attribute: 'commonName', value: 'pump-1' }],
    subjectAltNames: [{ kind: 'uri', value: `urn:${'x'.repeat(octets)}` }],
    signer: createSoftwareSigner(privateKey),
  });
}

function place(id: string, changes: Partial<EnrollmentAttempt>): void {
  const [first] = world.services.attempts;
  if (first === undefined) throw new Error('there is no attempt');
  world.services.attempts.push({ ...first, ...changes, id });
}

async function listed(): Promise<Map<string, AttemptSummary['asked']>> {
  const { json } = await world.call({ path: '/api/v1/attempts?limit=500', ...asViewer });
  return new Map((json as { items: AttemptSummary[] }).items.map(({ id, asked }) => [id, asked]));
}

it('a listing has the names of short requests that are kept, and those that are on record', async () => {
  const stored = { subject: 'CN=stored', subjectAltNames: [], subjectAltNameCount: 0 };
  const long = await requestOf(4096);
  place('short', { requestDer: await requestOf(3000) });
  place('long', { requestDer: long });
  place('on-record', { requestDer: undefined, asked: stored });
  place('long-on-record', { requestDer: long, asked: stored });
  const names = await listed();
  expect(names.get('short')).toMatchObject({ subject: 'CN=pump-1', subjectAltNameCount: 1 });
  expect(names.get('long')).toBeNull();
  expect(names.get('on-record')).toEqual(stored);
  expect(names.get('long-on-record')).toEqual(stored);
});

it('an attempt alone has them also of a long one', async () => {
  const { json } = await world.call({ path: '/api/v1/attempts/long', ...asViewer });
  expect((json as Attempt).asked).toMatchObject({ subject: 'CN=pump-1', subjectAltNameCount: 1 });
});

it('a long listing lets others have their turn', async () => {
  const route = attemptRoutes.find(({ name }) => name === 'listAttempts');
  const [first] = world.services.attempts;
  const services = { listAttempts: async () => ({ items: Array.from({ length: 100 }, () => first) }) };
  let ended = false;
  let turns = 0;
  const count = (): void => {
    turns++;
    if (!ended) setImmediate(count);
  };
  setImmediate(count);
  try {
    await route?.invoke({ params: {}, query: {}, body: undefined }, { services } as never);
  } finally {
    ended = true;
  }
  expect(turns).toBeGreaterThanOrEqual(3);
});
