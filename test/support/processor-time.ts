/** The least processor time of this process, in milliseconds, that an act took; and what it gave the last time. */
export interface Timed<Result> {
  readonly result: Result;
  readonly milliseconds: number;
}

const isQuick = 100;
const tries = 3;

/**
 * Does it, and once or twice again when it took long: the garbage of thousands of others may have been collected
 * meanwhile, and on a busy machine the collector's threads spin. What is slow by itself is slow each time.
 */
export async function leastProcessorTime<Result>(act: () => Result | Promise<Result>): Promise<Timed<Result>> {
  let milliseconds = Infinity;
  for (let count = 1; ; count++) {
    const before = process.cpuUsage();
    const result = await act();
    const { user, system } = process.cpuUsage(before);
    milliseconds = Math.min(milliseconds, (user + system) / 1000);
    if (milliseconds < isQuick || count === tries) return { result, milliseconds };
  }
}
