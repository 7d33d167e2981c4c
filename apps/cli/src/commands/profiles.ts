/** `touchmark profile …` */
import type { Profile } from '@touchmark/admin-api';
import type { Command } from 'commander';
import { segment } from '../api.ts';
import { apiOf, listingOptions, outputOption, runListing } from '../command.ts';
import type { ListOptions } from '../command.ts';
import type { Io } from '../io.ts';
import { showFormats, writeThing } from '../output/format.ts';
import type { ShowFormat, View } from '../output/format.ts';

const view: View<Profile> = {
  noun: 'profile',
  name: ({ name }) => name,
  columns: [
    { title: 'NAME', cell: ({ name }) => name },
    { title: 'VERSION', cell: ({ version }) => String(version) },
    { title: 'DESCRIPTION', cell: ({ rules }) => (typeof rules.description === 'string' ? rules.description : '') },
  ],
};

export function addProfileCommands(program: Command, io: Io): void {
  const profile = program.command('profile').description('rules for kinds of certificates');

  listingOptions(profile.command('list').description('list profiles'), { paged: false }).action(
    async (options: ListOptions, command: Command) => {
      await runListing(io, apiOf(io, command), '/profiles', {}, view, options);
    },
  );

  profile
    .command('show')
    .description('show a profile with all its rules')
    .argument('<name>')
    .addOption(outputOption(showFormats))
    .action(async (name: string, options: { output: ShowFormat }, command: Command) => {
      const found = await apiOf(io, command).get<Profile>(`/profiles/${segment(name)}`);
      writeThing(io, found, { name: view.name, facts: factsOf }, options.output);
    });
}

function factsOf({ name, version, rules }: Profile): readonly (readonly [string, string])[] {
  const shown = Object.entries(rules).map(
    ([rule, value]) => [rule, typeof value === 'string' ? value : JSON.stringify(value)] as const,
  );
  return [['Profile', name], ['Version', String(version)], ...shown];
}
