import { describe, expect, it } from '@jest/globals';
import { Batcher } from '../src/batcher.ts';

const tick = () => new Promise((resolve) => setImmediate(resolve));

/** A turn of the loop that has something to do. */
const busyTurn = async (): Promise<void> => {
  const end = performance.now() + 1;
  while (performance.now() < end);
  await tick();
};

describe('a batcher', () => {
  it('gives the callers of one turn of the loop one run, each its own result', async () => {
    const runs: number[] = [];
    const batcher = new Batcher({
      run: async (inputs: readonly number[]) => {
        runs.push(inputs.length);
        return inputs.map((input) => input * 2);
      },
    });
    expect(await Promise.all([1, 2, 3].map((input) => batcher.add(input)))).toEqual([2, 4, 6]);
    expect(runs).toEqual([3]);
  });

  it('gathers newcomers while its runs are under way, never more than it may', async () => {
    const gates: (() => void)[] = [];
    const sizes: number[] = [];
    const batcher = new Batcher({
      maxInFlight: 2,
      maxSize: 4,
      run: async (inputs: readonly number[]) => {
        sizes.push(inputs.length);
        await new Promise<void>((resolve) => gates.push(resolve));
        return inputs;
      },
    });
    const results = [batcher.add(1)];
    await tick();
    results.push(batcher.add(2));
    await tick();
    for (let input = 3; input <= 9; input++) results.push(batcher.add(input));
    await tick();
    expect(sizes).toEqual([1, 1]);
    while (gates.length > 0) {
      gates.shift()?.();
      await tick();
      await tick();
    }
    expect(sizes).toEqual([1, 1, 4, 3]);
    expect(await Promise.all(results)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it.each([
    ['waits for callers for as long as the loop is busy', 60_000, [6]],
    ['waits for nobody beyond its time', 0, [1, 1, 1, 1, 1, 1]],
  ])('%s', async (_what, gatherMilliseconds, expected) => {
    const sizes: number[] = [];
    const batcher = new Batcher({
      gatherMilliseconds,
      run: async (inputs: readonly number[]) => {
        sizes.push(inputs.length);
        return inputs;
      },
    });
    const results: Promise<number>[] = [];
    for (let input = 1; input <= 6; input++) {
      results.push(batcher.add(input));
      await busyTurn();
    }
    expect(await Promise.all(results)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(sizes).toEqual(expected);
  });

  it('sends a full batch at once', async () => {
    const sizes: number[] = [];
    const batcher = new Batcher({
      gatherMilliseconds: 60_000,
      maxSize: 2,
      maxInFlight: 10,
      run: async (inputs: readonly number[]) => {
        sizes.push(inputs.length);
        return inputs;
      },
    });
    const results = [1, 2, 3, 4].map((input) => batcher.add(input));
    await busyTurn();
    expect(sizes).toEqual([2, 2]);
    await Promise.all(results);
  });

  it('halves a batch refused for its data until the wrong input fails alone', async () => {
    const dataError = Object.assign(new Error('invalid input syntax'), { code: '22P02' });
    const batcher = new Batcher({
      run: async (inputs: readonly number[]) => {
        if (inputs.includes(13)) throw dataError;
        return inputs;
      },
    });
    const inputs = Array.from({ length: 50 }, (_, index) => index);
    const results = await Promise.allSettled(inputs.map((input) => batcher.add(input)));
    for (const [index, result] of results.entries()) {
      expect(result).toEqual(
        index === 13 ? { status: 'rejected', reason: dataError } : { status: 'fulfilled', value: index },
      );
    }
  });

  it('fails the whole batch once, without halving, for any other error', async () => {
    let runs = 0;
    const batcher = new Batcher({
      run: async (): Promise<number[]> => {
        runs++;
        throw new Error('gone');
      },
    });
    const results = await Promise.allSettled([batcher.add(1), batcher.add(2)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(runs).toBe(1);
    await expect(batcher.add(3)).rejects.toThrow('gone');
  });

  it('rejects an input whose result is an Error, and all when results are missing', async () => {
    const mixed = new Batcher({
      run: async (inputs: readonly number[]) => inputs.map((input) => (input === 2 ? new Error('two') : input)),
    });
    const results = await Promise.allSettled([mixed.add(1), mixed.add(2)]);
    expect(results).toMatchObject([{ value: 1 }, { reason: { message: 'two' } }]);
    const short = new Batcher({ run: async () => [1] });
    await expect(Promise.all([short.add(1), short.add(2)])).rejects.toThrow('a batch of 2 gave 1 results');
  });
});
