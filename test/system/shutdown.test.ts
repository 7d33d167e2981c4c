/** How a service ends: requests under way are answered, nothing of it stays behind, and nothing half made. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Administrator } from '../support/administrator.ts';
import { certificateIn, encodeRequest, enrollDevice } from '../support/est-request.ts';
import { EstSocket } from '../support/est-socket.ts';
import { openHomeRegistry } from '../support/home-registry.ts';
import { findPostmaster, getPostmaster } from '../support/postgres-processes.ts';
import { newRequest } from '../support/refusing-service.ts';
import { eventually } from '../support/run.ts';
import { newTouchmark } from '../support/touchmark.ts';
import type { Touchmark } from '../support/touchmark.ts';

let touchmark: Touchmark;
beforeEach(async () => {
  touchmark = await newTouchmark();
});
afterEach(async () => touchmark.dispose());

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  it('lets a request under way finish, takes no new connection, and leaves no PostgreSQL', async () => {
    await touchmark.placeCluster();
    await touchmark.start();
    const postmaster = getPostmaster(touchmark.home);
    const admin = new Administrator(touchmark);
    const { secret } = await admin.createSecret();
    const octets = encodeRequest({ secret, body: await newRequest() });
    const idle = await EstSocket.open(touchmark);
    const busy = await EstSocket.open(touchmark);
    busy.write(octets.subarray(0, octets.length - 40));
    await sleep(300);

    const startedAt = performance.now();
    const ended = touchmark.end(signal);
    await eventually('the end of the idle connection', 10, async () => idle.closedAt);
    await expect(EstSocket.open(touchmark)).rejects.toThrow('ECONNREFUSED');
    busy.write(octets.subarray(octets.length - 40));
    const answer = await busy.answer(10);
    expect([answer.status, answer.field('Connection')]).toEqual([200, 'close']);
    expect(certificateIn(answer).der.length).toBeGreaterThan(100);

    expect(await ended).toBe(0);
    expect((performance.now() - startedAt) / 1000).toBeLessThan(20);
    expect(findPostmaster(touchmark.home)).toBeUndefined();
    await eventually('the end of PostgreSQL', 5, async () => (isAlive(postmaster) ? undefined : true));
    admin.close();

    // What was answered is on record.
    await touchmark.start();
    const again = new Administrator(touchmark);
    const serialNumber = Buffer.from(certificateIn(answer).serialNumber).toString('hex');
    expect(await touchmark.cliJson('cert', 'show', serialNumber)).toMatchObject({ status: 'active' });
    again.close();
  }, 90_000);
});

it('a signal during the first start ends it in order; the next start is complete', async () => {
  touchmark.spawn();
  await eventually('the beginning of the first start', 30, async () => findPostmaster(touchmark.home));
  expect(existsSync(join(touchmark.home, 'first-run.json'))).toBe(false);
  expect(await touchmark.end('SIGTERM')).toBe(0);
  expect(findPostmaster(touchmark.home)).toBeUndefined();
  await touchmark.start();
  await enrollDevice(touchmark, touchmark.firstRun.enrollmentSecret);
}, 90_000);

it('a first start that is killed again and again is completed by the next one, with one hierarchy', async () => {
  for (const milliseconds of [700, 1200, 1600, 1900, 2200]) {
    touchmark.spawn();
    await sleep(milliseconds);
    await touchmark.end('SIGKILL');
  }
  await touchmark.start();
  await enrollDevice(touchmark, touchmark.firstRun.enrollmentSecret);
  const registry = openHomeRegistry(touchmark.home);
  const names = (await registry.admin.listAuthorities()).map(({ name }) => name).sort();
  const endpoints = await registry.admin.listEndpoints();
  await registry.close();
  expect(names).toEqual(['issuing', 'root']);
  expect(endpoints).toHaveLength(1);
  expect(await touchmark.cliJson('whoami')).toMatchObject({ role: 'administrator' });
}, 90_000);
