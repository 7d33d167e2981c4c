/** `touchmark profile …`; what changes something, and the dry run, have files of their own. */
import type { Profile, ProfilePreview, ProfileVersion } from '@touchmark/admin-api';
import { Option } from 'commander';
import type { Command } from 'commander';
import { segment } from '../api.ts';
import { apiOf, listingOptions, outputOption, runListing } from '../command.ts';
import type { ListOptions } from '../command.ts';
import { writeData } from '../io.ts';
import type { Io } from '../io.ts';
import { showFormats, writeThing } from '../output/format.ts';
import type { ShowFormat } from '../output/format.ts';
import { changeView, previewFacts, profileFacts, profileView, versionFacts, versionView } from '../profile-view.ts';
import { formatRules, readRules } from '../rules-file.ts';
import { addProfileChangeCommands } from './profile-change.ts';
import { addProfileTestCommand } from './profile-test.ts';

interface ShowOptions {
  readonly version?: number;
  readonly output: ShowFormat | 'yaml';
}

interface PreviewOptions {
  readonly version?: number;
  readonly file?: string;
  readonly output: ShowFormat;
}

export function addProfileCommands(program: Command, io: Io): void {
  const profile = program.command('profile').description('rules for kinds of certificates');

  listingOptions(profile.command('list').description('list profiles'), { paged: false }).action(
    async (options: ListOptions, command: Command) => {
      await runListing(io, apiOf(io, command), '/profiles', {}, profileView, options);
    },
  );

  profile
    .command('show')
    .description('show a profile with all its rules')
    .argument('<name>')
    .option('--version <n>', 'another version than the one in force', Number)
    .addOption(outputOption([...showFormats, 'yaml']))
    .action(async (name: string, { version, output }: ShowOptions, command: Command) => {
      const api = apiOf(io, command);
      const path = `/profiles/${segment(name)}`;
      if (version === undefined) {
        const found = await api.get<Profile>(path);
        if (output === 'yaml') return writeData(io, formatRules(found.rules));
        return writeThing(io, found, { name: profileView.name, facts: profileFacts }, output);
      }
      const found = await api.get<ProfileVersion>(`${path}/versions/${version}`);
      if (output === 'yaml') return writeData(io, formatRules(found.rules));
      writeThing(io, found, { name: versionView.name, facts: versionFacts }, output);
    });

  listingOptions(profile.command('versions').description('list the versions of a profile, newest first'), {
    paged: true,
  })
    .argument('<name>')
    .action(async (name: string, options: ListOptions, command: Command) => {
      const path = `/profiles/${segment(name)}/versions`;
      await runListing(io, apiOf(io, command), path, { limit: options.limit }, versionView, options);
    });

  listingOptions(profile.command('diff').description('list what differs between two versions'), { paged: false })
    .argument('<name>')
    .option('--from <n>', 'default: the version in force', Number)
    .option('--to <n>', 'default: the latest version', Number)
    .action(async (name: string, options: ListOptions & { from?: number; to?: number }, command: Command) => {
      const { from, to } = options;
      await runListing(io, apiOf(io, command), `/profiles/${segment(name)}/diff`, { from, to }, changeView, options);
    });

  profile
    .command('preview')
    .description('which devices a version, or rules in a file, would affect, and who would be refused; changes nothing')
    .argument('<name>')
    .addOption(new Option('--version <n>', 'default: the latest version').argParser(Number).conflicts('file'))
    .option('--file <file>', 'rules that are not stored, YAML or JSON, - for standard input')
    .addOption(outputOption(showFormats))
    .action(async (name: string, { version, file, output }: PreviewOptions, command: Command) => {
      const api = apiOf(io, command);
      const path = `/profiles/${segment(name)}`;
      const candidate =
        file === undefined
          ? { version: version ?? (await api.get<Profile>(path)).latestVersion }
          : { rules: await readRules(io, file) };
      const preview = await api.post<ProfilePreview>(`${path}/preview`, candidate);
      writeThing(io, preview, { name: ({ name: named }) => named, facts: previewFacts }, output);
    });

  addProfileChangeCommands(profile, io);
  addProfileTestCommand(profile, io);

  profile
    .command('schema')
    .description('the rules of a profile as JSON Schema, for editors')
    .action(async (_options: unknown, command: Command) => {
      writeData(io, JSON.stringify(await apiOf(io, command).get<unknown>('/schemas/profile'), undefined, 2));
    });
}
