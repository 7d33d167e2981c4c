/** `touchmark key …`: the private keys of the service, the passphrase that seals them, the blocklist. */
import { readFileSync } from 'node:fs';
import type { Key, RewrappedKeys } from '@touchmark/admin-api';
import { Option } from 'commander';
import type { Command } from 'commander';
import { addBlocklistCommands } from './key-blocklist.ts';
import { apiOf, choice, listingOptions, outputOption, runListing } from '../command.ts';
import type { ListOptions } from '../command.ts';
import { CliFailure, messageOf } from '../failure.ts';
import { askSecret, confirm } from '../ask.ts';
import { say, userPath, writeData } from '../io.ts';
import type { Io } from '../io.ts';
import type { View } from '../output/format.ts';
import { orDash } from '../output/words.ts';

const view: View<Key> = {
  noun: 'key',
  name: ({ id }) => id,
  columns: [
    { title: 'ID', cell: ({ id }) => id },
    { title: 'STORE', cell: ({ store }) => store },
    { title: 'ALGORITHM', cell: ({ keyAlgorithm }) => orDash(keyAlgorithm) },
    { title: 'CA', cell: ({ authorities }) => orDash(authorities.join(',') || null) },
    {
      title: 'STATE',
      cell: ({ available }) => (available ? 'available' : { text: 'unavailable', style: 'red' }),
    },
    { title: 'SCRYPT N', cell: ({ scryptCost }) => orDash(scryptCost === null ? null : String(scryptCost)) },
    { title: 'WHERE', cell: ({ location, message }) => orDash(message ?? location) },
  ],
};

interface RewrapOptions {
  readonly passphraseFile?: string;
  readonly generate?: boolean;
  readonly keepPassphrase?: boolean;
  readonly scryptCost?: string;
  readonly yes?: boolean;
  readonly output: 'table' | 'json';
}

const scryptCosts = ['131072', '262144', '524288', '1048576'];

export function addKeyCommands(program: Command, io: Io): void {
  const key = program.command('key').description('private keys of the service, and keys that are not certified');

  listingOptions(key.command('list').description('list the keys, and whether each could sign now'), {
    paged: false,
  }).action(async (options: ListOptions, command: Command) => {
    await runListing(io, apiOf(io, command), '/keys', {}, view, options);
  });

  key
    .command('rewrap')
    .description('seal all software keys anew, with another passphrase; the service goes on signing')
    .option('--passphrase-file <file>', 'file with the new passphrase, - for standard input; asked for on a terminal')
    .addOption(
      new Option('--generate', 'let the service make the passphrase and keep it in its home').conflicts([
        'passphraseFile',
        'keepPassphrase',
      ]),
    )
    .addOption(new Option('--keep-passphrase', 'only a new salt and cost').conflicts(['passphraseFile', 'generate']))
    .addOption(choice('--scrypt-cost <n>', 'N of scrypt', scryptCosts))
    .option('-y, --yes', 'do not ask')
    .addOption(outputOption(['table', 'json']))
    .action(async (options: RewrapOptions, command: Command) => {
      const api = apiOf(io, command);
      const passphrase = await wantedPassphrase(io, options);
      await confirm(io, 'Seal all software keys anew?', options.yes ?? false);
      const cost = options.scryptCost === undefined ? {} : { scryptCost: Number(options.scryptCost) };
      const rewrapped = await api.post<RewrappedKeys>('/keys/rewrap', { ...passphrase, ...cost });
      if (options.output === 'json') writeData(io, JSON.stringify(rewrapped, undefined, 2));
      say(io, `${rewrapped.keys} keys are sealed anew. ${whatNext(passphrase.passphrase, rewrapped.keptInHome)}`);
    });

  addBlocklistCommands(key, io);
}

async function wantedPassphrase(
  io: Io,
  { passphraseFile, generate, keepPassphrase }: RewrapOptions,
): Promise<{ passphrase: 'given'; newPassphrase: string } | { passphrase: 'generated' | 'kept' }> {
  if (keepPassphrase === true) return { passphrase: 'kept' };
  if (generate === true) return { passphrase: 'generated' };
  if (passphraseFile !== undefined) return { passphrase: 'given', newPassphrase: readPassphrase(io, passphraseFile) };
  const newPassphrase = await askSecret(io, 'New passphrase: ');
  if (newPassphrase === undefined) {
    throw new CliFailure('usage', 'The new passphrase is missing.', {
      hint: 'Give --passphrase-file FILE, --generate or --keep-passphrase; never a passphrase on the command line.',
    });
  }
  if ((await askSecret(io, 'Once more: ')) !== newPassphrase) {
    throw new CliFailure('usage', 'The two passphrases differ. Nothing was done.');
  }
  return { passphrase: 'given', newPassphrase };
}

function readPassphrase(io: Io, file: string): string {
  try {
    // As the service reads TOUCHMARK_KEY_PASSPHRASE_FILE: without the end of the line.
    return readFileSync(file === '-' ? 0 : userPath(io, file), 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new CliFailure('usage', `The passphrase cannot be read: ${messageOf(error)}`);
  }
}

function whatNext(passphrase: 'given' | 'generated' | 'kept', keptInHome: boolean): string {
  if (passphrase === 'kept') return 'The passphrase is the one it was.';
  const others = 'Every other node needs it before its next start; until then it goes on signing with the keys it has.';
  return keptInHome
    ? `The new passphrase is in key-passphrase in the home: back it up. ${others}`
    : `Now set TOUCHMARK_KEY_PASSPHRASE, or the file of TOUCHMARK_KEY_PASSPHRASE_FILE, to the new one. ${others}`;
}
