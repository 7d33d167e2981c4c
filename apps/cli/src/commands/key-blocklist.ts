/** `touchmark key block|unblock|blocked`: the keys that are not certified. */
import type { BlockedKey, BlockedKeyDetails, BlockedKeys } from '@touchmark/admin-api';
import type { Command } from 'commander';
import type { Api } from '../api.ts';
import { confirm } from '../ask.ts';
import { apiOf, listingOptions, outputOption, runListing } from '../command.ts';
import type { ListOptions } from '../command.ts';
import { CliFailure } from '../failure.ts';
import { say } from '../io.ts';
import type { Io } from '../io.ts';
import { resolveKey } from '../key-argument.ts';
import { readKeyList } from '../key-list.ts';
import type { KeyLine } from '../key-list.ts';
import { listFormats, writeListing, writeThing } from '../output/format.ts';
import type { ListFormat, View } from '../output/format.ts';
import { minute, orDash } from '../output/words.ts';

const keyHelp = 'SHA-256 of its SubjectPublicKeyInfo in hex, or a file: certificate, certification request, public key';

/** As many as one request takes. */
const keysAtOnce = 1000;

const view: View<BlockedKey> = {
  noun: 'blocked key',
  name: ({ publicKeySha256 }) => publicKeySha256,
  columns: [
    { title: 'KEY', cell: ({ publicKeySha256 }) => publicKeySha256 },
    { title: 'BLOCKED', cell: ({ blockedAt }) => minute(blockedAt) },
    { title: 'BY', cell: ({ blockedBy }) => blockedBy },
    { title: 'COMPROMISED', cell: ({ compromisedAt }) => minute(compromisedAt) },
    { title: 'REASON', cell: ({ reason }) => reason },
  ],
};

/** What became of one key of the command line, or of one line of a list. */
interface BlockResult {
  readonly source: string;
  readonly publicKeySha256: string | null;
  readonly result: 'blocked' | 'blockedBefore' | 'repeated' | 'malformed';
  readonly activeCertificates: number | null;
  readonly message: string | null;
}

const resultView: View<BlockResult> = {
  noun: 'key',
  name: ({ publicKeySha256, source }) => publicKeySha256 ?? source,
  columns: [
    { title: 'SOURCE', cell: ({ source }) => source },
    { title: 'KEY', cell: ({ publicKeySha256 }) => orDash(publicKeySha256) },
    { title: 'RESULT', cell: ({ result }) => (result === 'malformed' ? { text: result, style: 'red' } : result) },
    { title: 'ACTIVE', cell: ({ activeCertificates }) => orDash(activeCertificates?.toString() ?? null) },
    { title: 'MESSAGE', cell: ({ message }) => orDash(message) },
  ],
};

interface BlockOptions {
  readonly reason: string;
  readonly list?: string;
  readonly yes?: boolean;
  readonly output: ListFormat;
}

export function addBlocklistCommands(key: Command, io: Io): void {
  key
    .command('block')
    .description('certify these keys no more, whoever asks; their certificates stay as they are')
    .argument('[keys...]', keyHelp)
    .requiredOption('--reason <text>', 'why, for whoever reads the list later')
    .option('--list <file>', 'file with one SHA-256 in hex a line, - for standard input; # begins a comment')
    .option('-y, --yes', 'do not ask')
    .addOption(outputOption(listFormats))
    .action(async (written: readonly string[], options: BlockOptions, command: Command) => {
      const entries = await entriesOf(io, written, options.list);
      const keys = entries.filter((entry) => entry.kind === 'key').length;
      await confirm(io, `Block ${keys} ${keys === 1 ? 'key' : 'keys'}?`, options.yes ?? false);
      await block(io, apiOf(io, command), entries, options);
    });

  key
    .command('unblock')
    .description('take a key off the blocklist; one that was revoked as compromised stays refused')
    .argument('<key>', keyHelp)
    .option('-y, --yes', 'do not ask')
    .action(async (written: string, options: { yes?: boolean }, command: Command) => {
      const api = apiOf(io, command);
      const path = `/blocked-keys/${resolveKey(io, written)}`;
      const found = await api.get<BlockedKeyDetails>(path);
      await confirm(io, `Unblock the key ${found.publicKeySha256} (${found.reason})?`, options.yes ?? false);
      await api.delete(path);
      say(io, `The key ${found.publicKeySha256} is unblocked.`);
      if (found.compromisedAt !== null) {
        say(io, `It stays refused: it was revoked as compromised at ${found.compromisedAt}, for good.`);
      }
    });

  listingOptions(
    key
      .command('blocked')
      .description('list the blocked keys, last blocked first; or show one')
      .argument('[key]', keyHelp),
    { paged: true },
  ).action(async (written: string | undefined, options: ListOptions, command: Command) => {
    const api = apiOf(io, command);
    if (written === undefined) await runListing(io, api, '/blocked-keys', { limit: options.limit }, view, options);
    else show(io, await api.get<BlockedKeyDetails>(`/blocked-keys/${resolveKey(io, written)}`), options.output);
  });
}

/** A key of the command line, or a line of the list. */
type Entry = { readonly source: string } & (
  | { readonly kind: 'key' | 'repeated'; readonly publicKeySha256: string }
  | { readonly kind: 'malformed'; readonly message: string }
);

async function entriesOf(io: Io, written: readonly string[], list: string | undefined): Promise<readonly Entry[]> {
  if ((list === undefined) === (written.length === 0)) {
    throw new CliFailure('usage', 'Name keys, or give a file of them with --list; one of the two.');
  }
  if (list !== undefined) {
    return (await readKeyList(io, list)).map((item: KeyLine) => ({ ...item, source: `line ${item.line}` }));
  }
  const seen = new Set<string>();
  return written.map((source) => {
    const publicKeySha256 = resolveKey(io, source);
    const kind = seen.has(publicKeySha256) ? 'repeated' : 'key';
    seen.add(publicKeySha256);
    return { source, kind, publicKeySha256 } as const;
  });
}

/** In requests of a thousand keys, each all or none; a list that was interrupted is given once more. */
async function block(io: Io, api: Api, entries: readonly Entry[], { reason, output }: BlockOptions): Promise<void> {
  const keys = entries.flatMap((entry) => (entry.kind === 'key' ? [entry.publicKeySha256] : []));
  const outcomes = new Map<string, BlockedKeys['items'][number]>();
  for (let start = 0; start < keys.length; start += keysAtOnce) {
    const publicKeySha256 = keys.slice(start, start + keysAtOnce);
    try {
      const { items } = await api.post<BlockedKeys>('/blocked-keys', { publicKeySha256, reason });
      for (const item of items) outcomes.set(item.publicKeySha256, item);
    } catch (error) {
      if (start > 0) say(io, `${start} of ${keys.length} keys are blocked. Give the same list once more for the rest.`);
      throw error;
    }
  }
  const results = entries.map((entry) => resultOf(entry, outcomes));
  writeListing(io, { items: results, nextCursor: null }, resultView, output);
  tellOfCertificates(io, [...outcomes.values()]);
  const malformed = results.filter(({ result }) => result === 'malformed').length;
  if (malformed > 0) {
    const all = malformed === entries.length;
    throw new CliFailure(all ? 'failed' : 'partlyDone', `${malformed} of ${entries.length} lines name no key.`, {
      hint: 'The lines and their faults are in the output.',
    });
  }
}

function resultOf(entry: Entry, outcomes: ReadonlyMap<string, BlockedKeys['items'][number]>): BlockResult {
  const { source } = entry;
  if (entry.kind === 'malformed') {
    const { message } = entry;
    return { source, publicKeySha256: null, result: 'malformed', activeCertificates: null, message };
  }
  const { publicKeySha256 } = entry;
  const outcome = outcomes.get(publicKeySha256);
  const activeCertificates = outcome?.activeCertificates ?? null;
  if (entry.kind === 'repeated')
    return { source, publicKeySha256, result: 'repeated', activeCertificates, message: null };
  const before = outcome?.changed === false ? `by ${outcome.blockedBy}: ${outcome.reason}` : null;
  const result = before === null ? 'blocked' : 'blockedBefore';
  return { source, publicKeySha256, result, activeCertificates, message: before };
}

const maxCommands = 10;

/** A block revokes nothing: what would. */
function tellOfCertificates(io: Io, items: readonly BlockedKeyDetails[]): void {
  const commands = items.flatMap(({ revokeCommand }) => revokeCommand ?? []);
  if (commands.length === 0) return;
  const active = items.reduce((sum, { activeCertificates }) => sum + activeCertificates, 0);
  say(io, `There are ${active} active certificates of these keys, and they stay so. To revoke them, with a --reason:`);
  for (const command of commands.slice(0, maxCommands)) say(io, `  ${command}`);
  if (commands.length > maxCommands) say(io, `  … and ${commands.length - maxCommands} keys more, see ACTIVE`);
}

function show(io: Io, found: BlockedKeyDetails, output: ListFormat): void {
  if (output === 'ndjson' || output === 'csv') {
    writeListing(io, { items: [found], nextCursor: null }, view, output);
    return;
  }
  const facts = (item: BlockedKeyDetails) =>
    [
      ['Key', item.publicKeySha256],
      ['Reason', item.reason],
      ['Blocked', item.blockedAt],
      ['By', item.blockedBy],
      ['Compromised', orDash(item.compromisedAt)],
      ['Active certificates', String(item.activeCertificates)],
    ] as const;
  writeThing(io, found, { name: view.name, facts }, output);
  tellOfCertificates(io, [found]);
}
