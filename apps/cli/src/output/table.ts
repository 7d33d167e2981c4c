/** Tables and lists of facts for people to read, in columns that fit the terminal. */
import { paint } from '../io.ts';
import type { Io, Style } from '../io.ts';

export interface Cell {
  readonly text: string;
  readonly style?: Style | undefined;
}

const gap = 2;
const narrowest = 8;

/** Rows under their titles. On a terminal the widest columns are shortened until the table fits; in a pipe nothing is. */
export function writeTable(io: Io, titles: readonly string[], rows: readonly (readonly Cell[])[]): void {
  const natural = titles.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => printable(row[column]?.text ?? '').length)),
  );
  const widths = io.stdout.isTTY ? fit(natural, io.stdout.columns) : natural;
  const line = (cells: readonly Cell[]): string =>
    cells
      .map(({ text, style }, column) => {
        const padded = shorten(printable(text), widths[column] ?? 0).padEnd(
          column === cells.length - 1 ? 0 : (widths[column] ?? 0),
        );
        return style === undefined ? padded : paint(io, io.stdout, style, padded);
      })
      .join(' '.repeat(gap))
      .trimEnd();
  const header = titles.map((text): Cell => ({ text, style: 'bold' }));
  io.stdout.write([header, ...rows].map((cells) => `${line(cells)}\n`).join(''));
}

/** Names and values, one a line; a value of several lines is indented under its first. */
export function writeFacts(io: Io, facts: readonly (readonly [name: string, value: string | Cell])[]): void {
  const width = Math.max(0, ...facts.map(([name]) => name.length));
  for (const [name, value] of facts) {
    const { text, style } = typeof value === 'string' ? { text: value, style: undefined } : value;
    const lines = text.split('\n').map(printable);
    const shown = lines.join(`\n${' '.repeat(width + gap)}`);
    const styled = style === undefined ? shown : paint(io, io.stdout, style, shown);
    io.stdout.write(`${paint(io, io.stdout, 'bold', name.padEnd(width))}${' '.repeat(gap)}${styled}\n`);
  }
}

/** Names come from certification requests: no control or direction character of theirs reaches the terminal. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** Broken between words so that no line is longer; a word that is too long itself stays whole, to be copied. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function fit(natural: readonly number[], available: number): number[] {
  const widths = [...natural];
  const total = (): number => widths.reduce((sum, width) => sum + width + gap, -gap);
  while (total() > available) {
    const widest = widths.indexOf(Math.max(...widths));
    const width = widths[widest] ?? 0;
    if (width <= narrowest) break;
    widths[widest] = width - 1;
  }
  return widths;
}

function shorten(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}
