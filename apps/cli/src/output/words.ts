/** Times, states and numbers in words that fit a table. */
import type { Style } from '../io.ts';
import type { Cell } from './table.ts';

/** `2026-01-31 12:00Z`, from RFC 3339. */
export function minute(timestamp: string | null): string {
  return timestamp === null ? '-' : `${timestamp.slice(0, 10)} ${timestamp.slice(11, 16)}Z`;
}

/** `in 12 days`, `3 hours ago`. */
export function relative(timestamp: string, now = new Date()): string {
  const seconds = Math.round((new Date(timestamp).getTime() - now.getTime()) / 1000);
  const amount = spell(Math.abs(seconds));
  return seconds >= 0 ? `in ${amount}` : `${amount} ago`;
}

export function withRelative(timestamp: string): string {
  return `${timestamp} (${relative(timestamp)})`;
}

const stateStyles: Readonly<Record<string, Style>> = {
  active: 'green',
  issued: 'green',
  usable: 'green',
  registered: 'cyan',
  succeeded: 'green',
  running: 'cyan',
  queued: 'cyan',
  pending: 'yellow',
  held: 'yellow',
  suspended: 'yellow',
  locked: 'yellow',
  expired: 'dim',
  spent: 'dim',
  retired: 'dim',
  cancelled: 'dim',
  revoked: 'red',
  refused: 'red',
  failed: 'red',
};

export function state(text: string): Cell {
  return { text, style: stateStyles[text] };
}

export function orDash(text: string | null): string {
  return text ?? '-';
}

/** `2 days`, `1 second`: the largest unit of which there are two. */
export function spell(seconds: number): string {
  const units = [
    { name: 'day', seconds: 86_400 },
    { name: 'hour', seconds: 3_600 },
    { name: 'minute', seconds: 60 },
  ];
  const unit = units.find((candidate) => seconds >= 2 * candidate.seconds) ?? { name: 'second', seconds: 1 };
  const count = Math.floor(seconds / unit.seconds);
  return `${count} ${unit.name}${count === 1 ? '' : 's'}`;
}
