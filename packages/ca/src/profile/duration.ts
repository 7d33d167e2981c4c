/** Lengths of time as people write them: `90d`, `12h`, `1y`. */
import { z } from 'zod';

/** A year is 365 days and a week 7: what a certificate is valid for does not depend on when it is issued. */
const secondsOfUnit = { s: 1, m: 60, h: 3600, d: 86_400, w: 7 * 86_400, y: 365 * 86_400 } as const;

const form = /^([1-9][0-9]{0,8})([smhdwy])$/;

/** To whole seconds. */
export const Duration = z
  .string()
  .regex(form, 'a length of time is a whole number and one of s, m, h, d, w (7 days), y (365 days), such as 90d')
  .transform(parseDuration)
  .meta({ description: 'A whole number and a unit: s, m, h, d, w (7 days) or y (365 days), e.g. 90d' });

function parseDuration(text: string): number {
  const [, count, unit] = form.exec(text) ?? [];
  return Number(count) * secondsOfUnit[unit as keyof typeof secondsOfUnit];
}

/** The same length as `Duration` reads, in the largest unit that fits; zero is `0`. */
export function formatDuration(seconds: number): string {
  const units = Object.entries(secondsOfUnit).reverse();
  const [unit, size] = units.find(([, length]) => seconds % length === 0) ?? ['s', 1];
  return seconds === 0 ? '0' : `${seconds / size}${unit}`;
}
