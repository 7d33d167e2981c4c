/** Inside the instrumented process: lets a request wait at its point, until the test says to go on. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { existsSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PointName } from './points.ts';

const directory = process.env.HOLD_DIRECTORY ?? '';
const devices = new AsyncLocalStorage<string | undefined>();
const pauseMilliseconds = 5;

/** All that `work` does is done for this device. */
export function forDevice<T>(device: string | undefined, work: () => Promise<T>): Promise<T> {
  return devices.run(device, work);
}

export async function hold(point: PointName): Promise<void> {
  const released = arrive(point);
  while (released !== undefined && !existsSync(released)) await sleep(pauseMilliseconds);
}

/** Stands still with the whole process. */
export function holdTurn(point: PointName): void {
  const released = arrive(point);
  const nothing = new Int32Array(new SharedArrayBuffer(4));
  while (released !== undefined && !existsSync(released)) Atomics.wait(nothing, 0, 0, pauseMilliseconds);
}

/** Once for each time that the test arms it. Returns the file that will say to go on. */
function arrive(point: PointName): string | undefined {
  const device = devices.getStore();
  if (device?.startsWith(`${point}--`) !== true) return undefined;
  const armed = join(directory, `${device}.armed`);
  if (!existsSync(armed)) return undefined;
  unlinkSync(armed);
  writeFileSync(join(directory, `${device}.held`), '');
  return join(directory, `${device}.released`);
}
