/** What the commands share: the global flags, the client, listings with their flags. */
import { didYouMean } from '@touchmark/ca/suggestion';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { resolveAccess } from './access.ts';
import type { AccessOptions } from './access.ts';
import { Api } from './api.ts';
import type { Io } from './io.ts';
import { listFormats, writeListing } from './output/format.ts';
import type { ListFormat, Listing, View } from './output/format.ts';

export function accessOptionsOf(command: Command): AccessOptions {
  return command.optsWithGlobals<AccessOptions>();
}

export function apiOf(io: Io, command: Command): Api {
  return new Api(resolveAccess(io, accessOptionsOf(command)));
}

export function outputOption(formats: readonly string[], fallback = 'table'): Option {
  return choice('-o, --output <format>', 'output format', formats).default(fallback);
}

/** An option that takes one of several values; a slip of the pen is told which it probably was to be. */
export function choice(flags: string, description: string, values: readonly string[]): Option {
  return new Option(flags, description).choices(values).argParser((written: string) => {
    if (values.includes(written)) return written;
    throw new InvalidArgumentError(`Allowed choices are ${values.join(', ')}.${didYouMean(written, values)}`);
  });
}

export interface ListOptions {
  readonly output: ListFormat;
  readonly limit: number;
  readonly cursor?: string;
  readonly all?: boolean;
}

/** `-o`, and for listings of any length `--limit`, `--cursor`, `--all`. */
export function listingOptions(command: Command, { paged }: { readonly paged: boolean }): Command {
  command.addOption(outputOption(listFormats));
  if (!paged) return command;
  return command
    .option('--limit <n>', 'items per page, 1 to 500', Number, 50)
    .option('--cursor <cursor>', 'nextCursor of the page before')
    .option('--all', 'all pages');
}

type Query = Readonly<Record<string, string | number | undefined>>;

/** Fetches one page, or all of them, and writes it. */
export async function runListing<T>(
  io: Io,
  api: Api,
  path: string,
  query: Query,
  view: View<T>,
  options: ListOptions,
): Promise<void> {
  const first = await api.get<Listing<T>>(path, { ...query, cursor: options.cursor });
  const listing = options.all === true ? await fetchRest(api, path, query, first) : first;
  writeListing(io, listing, view, options.output);
}

/** Every item of a listing, page by page. */
export async function fetchAll<T>(api: Api, path: string, query: Query): Promise<readonly T[]> {
  return (await fetchRest(api, path, query, await api.get<Listing<T>>(path, { ...query, limit: 500 }))).items;
}

async function fetchRest<T>(api: Api, path: string, query: Query, first: Listing<T>): Promise<Listing<T>> {
  const items = [...first.items];
  let cursor = first.nextCursor;
  while (cursor !== null) {
    const page = await api.get<Listing<T>>(path, { ...query, limit: 500, cursor });
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return { items, nextCursor: null };
}
