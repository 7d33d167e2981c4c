import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Credential, CreatedSetupToken, SetupAnswer } from '../src/index.ts';
import { createWorld, tokenOf } from './support/world.ts';
import type { Answer, World } from './support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const asAdministrator = { token: tokenOf('administrator') };
const list = async (): Promise<Credential[]> =>
  ((await world.call({ path: '/api/v1/principals', ...asAdministrator })).json as { items: Credential[] }).items;
const revoke = (id: string, token = tokenOf('administrator')): Promise<Answer> =>
  world.call({ method: 'POST', path: `/api/v1/principals/${id}/revoke`, token });
const setUp = async (name?: string): Promise<SetupAnswer> => {
  const created = await world.call({ method: 'POST', path: '/api/v1/setup-tokens', ...asAdministrator });
  const { token } = created.json as CreatedSetupToken;
  const answer = await world.call({ method: 'POST', path: '/api/v1/setup', body: { token, ...(name && { name }) } });
  return answer.json as SetupAnswer;
};
const nameOf = async (token: string): Promise<unknown> => (await world.call({ path: '/api/v1/whoami', token })).json;

describe('credentials', () => {
  it('are listed with kind, status and end, and without what opens the door', async () => {
    const answer = await world.call({ path: '/api/v1/principals', token: tokenOf('auditor') });
    const { items } = answer.json as { items: Credential[] };
    expect(items.find(({ name }) => name === 'token-viewer')).toMatchObject({ kind: 'token', status: 'active' });
    expect(items.find(({ name }) => name === 'cert-viewer')).toMatchObject({
      kind: 'certificate',
      certificateFingerprintSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      expiresAt: expect.any(String),
    });
    expect(answer.text).not.toContain(tokenOf('viewer'));
    expect(answer.text).not.toContain('tokenSha256');
  });

  it.each(['token', 'certificate'] as const)(
    'by %s, once revoked, open nothing from the next request on',
    async (kind) => {
      const identity = await world.authority.identify('leaves');
      const key = kind === 'token' ? 'token-that-leaves' : Buffer.from(identity.fingerprintSha256).toString('hex');
      const { id } = world.services.addCredential(key, { name: 'leaves', role: 'officer' });
      const ask = () =>
        world.call({ path: '/api/v1/devices', ...(kind === 'token' ? { token: 'token-that-leaves' } : { identity }) });
      expect((await ask()).status).toBe(200);
      expect((await revoke(id)).json).toMatchObject({ id, status: 'revoked', changed: true });
      expect((await ask()).json).toMatchObject({ status: 401, code: 'notAuthenticated' });
      expect((await revoke(id)).json).toMatchObject({ id, status: 'revoked', changed: false });
    },
  );

  it('of administrators can be revoked down to the last one', async () => {
    const mine = (await list()).find(({ name }) => name === 'token-administrator');
    const others = (await list()).filter(
      ({ id, role, status }) => role === 'administrator' && status === 'active' && id !== mine?.id,
    );
    for (const { id } of others) expect((await revoke(id)).status).toBe(200);
    expect((await revoke(mine?.id ?? '')).json).toMatchObject({ status: 409, code: 'conflict' });
    expect(await nameOf(tokenOf('administrator'))).toMatchObject({ name: 'token-administrator' });
  });
});

describe('a setup link', () => {
  it('made by an administrator makes one more, with a name of choice and an end', async () => {
    const answer = await setUp('ada');
    expect(answer).toMatchObject({ name: 'ada', role: 'administrator', expiresAt: expect.any(String) });
    expect(await nameOf(answer.token)).toMatchObject({ name: 'ada', role: 'administrator' });
    expect((await list()).find(({ name }) => name === 'ada')).toMatchObject({ expiresAt: answer.expiresAt });
  });

  it('never gives a name twice', async () => {
    const names = [await setUp('bob'), await setUp('bob'), await setUp(), await setUp()].map(({ name }) => name);
    expect(new Set(names).size).toBe(4);
    expect(names[1]).toMatch(/^bob-[0-9a-f]{8}$/);
  });

  it('has the token in its fragment, which browsers do not send', async () => {
    const created = await world.call({ method: 'POST', path: '/api/v1/setup-tokens', ...asAdministrator });
    const { token, link } = created.json as CreatedSetupToken;
    expect(created.status).toBe(201);
    expect(new URL(link)).toMatchObject({ pathname: '/setup', hash: `#${token}` });
  });
});
