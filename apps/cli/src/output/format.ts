/** One listing or one thing in the format that was asked for. */
import { say, writeData } from '../io.ts';
import type { Io } from '../io.ts';
import { writeFacts, writeTable } from './table.ts';
import type { Cell } from './table.ts';

export const listFormats = ['table', 'json', 'ndjson', 'csv', 'name'] as const;
export type ListFormat = (typeof listFormats)[number];

export const showFormats = ['table', 'json', 'name'] as const;
export type ShowFormat = (typeof showFormats)[number];

export interface Column<T> {
  readonly title: string;
  readonly cell: (item: T) => string | Cell;
}

/** How a kind of thing is shown. */
export interface View<T> {
  /** In the words of a person: `certificate`. */
  readonly noun: string;
  readonly columns: readonly Column<T>[];
  /** What other commands take as their argument. */
  readonly name: (item: T) => string;
}

export interface Listing<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export function writeListing<T>(io: Io, listing: Listing<T>, view: View<T>, format: ListFormat): void {
  switch (format) {
    case 'json':
      return writeData(io, JSON.stringify(listing, undefined, 2));
    case 'ndjson':
      return writeLines(
        io,
        listing.items.map((item) => JSON.stringify(item)),
      );
    case 'csv':
      return writeLines(
        io,
        [view.columns.map(({ title }) => title), ...listing.items.map((item) => textsOf(item, view))].map(csvLine),
      );
    case 'name':
      return writeLines(io, listing.items.map(view.name));
    case 'table':
      return writeListTable(io, listing, view);
  }
}

/** `pem` is the business of the command that knows what it is. */
export function writeThing<T>(
  io: Io,
  thing: T,
  view: {
    readonly name: (item: T) => string;
    readonly facts: (item: T) => readonly (readonly [string, string | Cell])[];
  },
  format: ShowFormat,
): void {
  switch (format) {
    case 'json':
      return writeData(io, JSON.stringify(thing, undefined, 2));
    case 'name':
      return writeData(io, view.name(thing));
    case 'table':
      return writeFacts(io, view.facts(thing));
  }
}

function writeListTable<T>(io: Io, listing: Listing<T>, view: View<T>): void {
  if (listing.items.length === 0) {
    say(io, `No ${view.noun} found.`);
    return;
  }
  const rows = listing.items.map((item) => view.columns.map(({ cell }) => toCell(cell(item))));
  writeTable(
    io,
    view.columns.map(({ title }) => title),
    rows,
  );
  if (listing.nextCursor !== null) say(io, `There are more: --all, or --cursor ${listing.nextCursor}`);
}

function textsOf<T>(item: T, view: View<T>): string[] {
  return view.columns.map(({ cell }) => toCell(cell(item)).text);
}

function toCell(value: string | Cell): Cell {
  return typeof value === 'string' ? { text: value } : value;
}

/** RFC 4180 §2. */
function csvLine(values: readonly string[]): string {
  return values.map((value) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)).join(',');
}

function writeLines(io: Io, lines: readonly string[]): void {
  if (lines.length > 0) writeData(io, lines.join('\n'));
}
