/** Durations as people write them. */
import { InvalidArgumentError } from 'commander';

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, y: 31_536_000 };

/** Seconds of `90s`, `30m`, `24h`, `7d`, `10y` (of 365 days), or of a bare number of seconds. */
export function parseDuration(text: string): number {
  const match = /^(\d{1,9})([smhdy]?)$/.exec(text);
  const seconds = Number(match?.[1]) * (unitSeconds[match?.[2] === '' ? 's' : (match?.[2] ?? '')] ?? Number.NaN);
  if (!Number.isSafeInteger(seconds))
    throw new InvalidArgumentError('Write a number and s, m, h, d or y, for example 24h.');
  return seconds;
}
