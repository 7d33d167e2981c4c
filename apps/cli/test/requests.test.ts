/** A request is named by its id, or by the key that the device shows. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodePem, toHex } from '@touchmark/asn1';
import { createRequestPem } from '../../../packages/admin-api/test/support/samples.ts';
import { createBench } from './support/cli.ts';
import type { Bench } from './support/cli.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await createBench();
});
afterAll(() => bench.close());

async function waiting() {
  const [block] = decodePem(await createRequestPem());
  return bench.world.services.addPendingRequest(block!.bytes);
}
const request = (...args: string[]) => bench.touchmark(['request', ...args]);

describe('request', () => {
  it('show and approve take the key of one that waits, with colons or without', async () => {
    await waiting();
    const { id, publicKeySha256 } = await waiting();
    const key = toHex(publicKeySha256);
    const colons = key.toUpperCase().match(/../g)!.join(':');
    expect((await request('show', colons, '-o', 'json')).json).toMatchObject({ id });
    expect((await request('approve', key, '-y', '-o', 'json')).json).toMatchObject({ id, outcome: 'issued' });
  });

  it('a key with which nothing waits is not found, also when its request was decided', async () => {
    const { id, publicKeySha256 } = await waiting();
    await request('reject', id, '-y');
    const { code, stderr } = await request('approve', toHex(publicKeySha256), '-y');
    expect(code).toBe(3);
    expect(stderr).toContain('--state all');
  });

  it('two with the same key are told apart by their ids', async () => {
    const first = await waiting();
    const second = { ...(await waiting()), publicKeySha256: first.publicKeySha256 };
    bench.world.services.pendingRequests.splice(-1, 1, second);
    const { code, stderr } = await request('approve', toHex(first.publicKeySha256), '-y');
    expect(code).toBe(5);
    for (const { id } of [first, second]) expect(stderr).toContain(id);
  });
});
