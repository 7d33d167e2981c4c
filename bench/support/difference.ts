/** Whether two samples of times differ: Welch's t-test, and how large the difference is. */
import { median } from './report.ts';

export interface Difference {
  /** Of the means, in the unit of the samples. */
  readonly mean: number;
  /** Half the width of its 95 % confidence interval. */
  readonly margin: number;
  /** Of the medians. */
  readonly median: number;
  /** Welch's; beyond ±4.5 a difference is taken as shown (Reparaz et al., "Dude, is my code constant time?", 2017). */
  readonly t: number;
}

/** For large samples, where the t-distribution is the normal one. */
export function differenceOf(sample: readonly number[], baseline: readonly number[]): Difference {
  const [a, b] = [momentsOf(sample), momentsOf(baseline)];
  const error = Math.sqrt(a.variance / sample.length + b.variance / baseline.length);
  const mean = a.mean - b.mean;
  return { mean, margin: 1.96 * error, median: median(sample) - median(baseline), t: mean / error };
}

function momentsOf(sample: readonly number[]): { readonly mean: number; readonly variance: number } {
  const mean = sample.reduce((sum, value) => sum + value, 0) / sample.length;
  const variance = sample.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (sample.length - 1);
  return { mean, variance };
}
