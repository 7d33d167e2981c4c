import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { roleNames, routes } from '../src/index.ts';
import type { Access, Role } from '../src/index.ts';
import { sampleOf } from './support/samples.ts';
import { createWorld, tokenOf } from './support/world.ts';
import type { Call, World } from './support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

/** Written out, not computed by the code under test. */
const allowed: Readonly<Record<string, readonly Role[]>> = {
  'read viewer': ['viewer', 'operator', 'officer', 'administrator', 'auditor'],
  'read operator': ['operator', 'officer', 'administrator', 'auditor'],
  'read administrator': ['administrator', 'auditor'],
  'act operator': ['operator', 'officer', 'administrator'],
  'act officer': ['officer', 'administrator'],
  'act administrator': ['administrator'],
  report: ['reporter', 'operator', 'officer', 'administrator'],
  authenticated: ['viewer', 'operator', 'officer', 'administrator', 'auditor', 'reporter'],
};

const nobody: Readonly<Record<string, () => Partial<Call>>> = {
  'no credentials': () => ({}),
  'an unknown token': () => ({ token: 'token-of-nobody' }),
  'an empty token': () => ({ headers: { Authorization: 'Bearer ' } }),
  'Basic with a good token': () => ({
    headers: { Authorization: `Basic ${Buffer.from(`admin:${tokenOf('administrator')}`).toString('base64')}` },
  }),
  'a certificate of the same CA that is no administrator': () => ({ identity: world.stranger }),
  'an unknown token beside a good certificate': () => ({
    token: 'token-of-nobody',
    identity: world.identities.administrator,
  }),
};

const credentials: Readonly<Record<string, (role: Role) => Partial<Call>>> = {
  token: (role) => ({ token: tokenOf(role) }),
  certificate: (role) => ({ identity: world.identities[role] }),
};

describe.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))('%s', (_, route) => {
  let call: Call;
  let acts: number;
  beforeEach(async () => {
    const sample = await sampleOf(route.name, world);
    if (sample === undefined) throw new Error(`The route ${route.name} has no sample: write one.`);
    call = { method: route.method, ...sample };
    acts = world.services.acts.length;
  });

  it.each(Object.keys(nobody))('answers 401 to %s, unless it is public', async (kind) => {
    const answer = await world.call({ ...call, ...nobody[kind]?.() });
    if (route.access.kind === 'public') return expect(answer.status).toBeLessThan(300);
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    expect(answer.json).toMatchObject({ code: 'notAuthenticated', status: 401 });
    expect(world.services.acts).toHaveLength(acts);
  });

  it.each(Object.keys(credentials).flatMap((kind) => roleNames.map((role) => [role, kind] as const)))(
    'decides for the role %s by %s',
    async (role, kind) => {
      const answer = await world.call({ ...call, ...credentials[kind]?.(role) });
      if (mayCall(route.access, role)) return expect(answer.status).toBeLessThan(300);
      expect(answer.status).toBe(403);
      expect(answer.json).toMatchObject({ code: 'forbidden', status: 403 });
      expect(world.services.acts).toHaveLength(acts);
    },
  );
});

describe('the route table', () => {
  it('lets the auditor change nothing', () => {
    expect(routes.filter(({ method, access }) => method !== 'GET' && access.kind === 'read')).toEqual([]);
  });

  it('lets the reporter do one thing', () => {
    const may = routes.filter(({ access }) => mayCall(access, 'reporter') && access.kind !== 'authenticated');
    expect(may.filter(({ access }) => access.kind !== 'public').map(({ name }) => name)).toEqual(['reportSeen']);
  });

  it('has as public only the first login and its own description', () => {
    const open = routes.filter(({ access }) => access.kind === 'public').map(({ name }) => name);
    expect(open).toEqual(['setUp', 'getOpenApi']);
  });

  it('has no two routes with the same name or the same method and path', () => {
    const keys = routes.flatMap(({ name, method, path }) => [name, `${method} ${path}`]);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

function mayCall(access: Access, role: Role): boolean {
  if (access.kind === 'public') return true;
  return (allowed['role' in access ? `${access.kind} ${access.role}` : access.kind] ?? []).includes(role);
}
