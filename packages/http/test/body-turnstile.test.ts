import { beforeEach, expect, it } from '@jest/globals';
import { Turnstile } from '../src/body-turnstile.ts';

let now = 0;
let turnstile: Turnstile;
let passed: number[];
beforeEach(() => {
  now = 0;
  turnstile = new Turnstile(() => now);
  passed = [];
});

const come = (name: number): void => void turnstile.pass().then(() => passed.push(name));

/** The rest of a turn of the loop that takes so long, and what comes behind it. */
async function turn(milliseconds: number): Promise<void> {
  now += milliseconds;
  await new Promise((next) => setImmediate(next));
}

it('nobody waits while the loop has nothing to do', async () => {
  come(1);
  await turn(0);
  expect(passed).toEqual([1]);
});

it('those who come in busy turns pass together, in the order they came', async () => {
  for (const name of [1, 2, 3]) {
    come(name);
    await turn(0.5);
  }
  expect(passed).toEqual([]);
  await turn(0);
  expect(passed).toEqual([1, 2, 3]);
  come(4);
  await turn(0);
  expect(passed).toEqual([1, 2, 3, 4]);
});

it('nobody waits beyond 5 ms, however busy the loop is', async () => {
  come(1);
  for (let count = 0; count < 4; count++) await turn(1);
  expect(passed).toEqual([]);
  await turn(1);
  expect(passed).toEqual([1]);
});

it('sixteen are enough', async () => {
  for (let name = 1; name <= 15; name++) come(name);
  await turn(1);
  expect(passed).toEqual([]);
  come(16);
  await turn(1);
  expect(passed).toHaveLength(16);
});
