/** `touchmark ca …` */
import type { Authority } from '@touchmark/admin-api';
import type { Command } from 'commander';
import { segment } from '../api.ts';
import { apiOf, listingOptions, outputOption, runListing } from '../command.ts';
import type { ListOptions } from '../command.ts';
import { suggestNext, writeData } from '../io.ts';
import type { Io } from '../io.ts';
import { showFormats, writeThing } from '../output/format.ts';
import type { ShowFormat } from '../output/format.ts';
import { authorityView, factsOfAuthority } from '../output/authority.ts';
import { addCreateAuthorityCommands } from './authority-create.ts';
import { addRevokeAuthorityCommand } from './authority-revoke.ts';
import { addSetAuthorityCommands } from './authority-set.ts';

export function addAuthorityCommands(program: Command, io: Io): void {
  const ca = program.command('ca').description('certificate authorities');

  listingOptions(ca.command('list').description('list authorities'), { paged: false }).action(
    async (options: ListOptions, command: Command) => {
      await runListing(io, apiOf(io, command), '/authorities', {}, authorityView, options);
    },
  );

  ca.command('show')
    .description('show an authority')
    .argument('<name>', 'name or id')
    .addOption(outputOption([...showFormats, 'pem']))
    .action(async (name: string, options: { output: ShowFormat | 'pem' }, command: Command) => {
      const found = await apiOf(io, command).get<Authority>(`/authorities/${segment(name)}`);
      if (options.output === 'pem') return writeData(io, found.certificatePem);
      writeThing(io, found, { name: authorityView.name, facts: factsOfAuthority }, options.output);
      suggestNext(
        io,
        `touchmark ca show ${found.name} -o pem > ${found.name}.pem`,
        `touchmark crl list --ca ${found.name}`,
      );
    });

  addCreateAuthorityCommands(ca, io);
  addSetAuthorityCommands(ca, io);
  addRevokeAuthorityCommand(ca, io);
}
