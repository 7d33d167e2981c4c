/** Interleaves contenders, A B C A B C …, so that whatever else the machine does meets all of them alike. */
import type { Sample, Series } from './report.ts';

export interface Contender {
  readonly name: string;
  /** Round 0 warms up and is not counted. */
  measure(round: number): Promise<Sample>;
}

export async function alternate(contenders: readonly Contender[], rounds: number): Promise<Series[]> {
  const all = contenders.map(({ name }) => ({ name, samples: [] as Sample[] }));
  for (let round = 0; round <= rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      const sample = await contender.measure(round);
      if (round > 0) all[index]!.samples.push(sample);
    }
  }
  return all;
}

/** One round of work in this process. */
export async function measureHere(work: () => Promise<number>): Promise<Sample> {
  globalThis.gc?.();
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const count = await work();
  const wallSeconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { count, wallSeconds, serverCpuSeconds: (user + system) / 1e6 };
}

/**
 * The same many times over, as one sample.
 *
 * @param before is not measured
 */
export async function measureRepeated(
  repeats: number,
  work: () => Promise<number>,
  before: () => Promise<void> = async () => undefined,
): Promise<Sample> {
  const samples: Sample[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    await before();
    samples.push(await measureHere(work));
  }
  const sum = (of: (sample: Sample) => number): number => samples.reduce((total, sample) => total + of(sample), 0);
  return {
    count: sum(({ count }) => count),
    wallSeconds: sum(({ wallSeconds }) => wallSeconds),
    serverCpuSeconds: sum(({ serverCpuSeconds }) => serverCpuSeconds),
  };
}

/** Each worker takes the next when it is through with one. */
export async function inParallel<Item>(
  workers: number,
  items: readonly Item[],
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  const rest = items.values();
  const worker = async (): Promise<void> => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: workers }, worker));
}
