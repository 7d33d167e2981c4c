/** `touchmark ca …` */
import type { Authority } from '@touchmark/admin-api';
import type { Command } from 'commander';
import { segment } from '../api.ts';
import { apiOf, listingOptions, outputOption, runListing } from '../command.ts';
import type { ListOptions } from '../command.ts';
import { suggestNext, writeData } from '../io.ts';
import type { Io } from '../io.ts';
import { showFormats, writeThing } from '../output/format.ts';
import type { ShowFormat, View } from '../output/format.ts';
import { minute, withRelative } from '../output/words.ts';
import { addRevokeAuthorityCommand } from './authority-revoke.ts';

const view: View<Authority> = {
  noun: 'authority',
  name: ({ name }) => name,
  columns: [
    { title: 'NAME', cell: ({ name }) => name },
    { title: 'KIND', cell: ({ kind }) => kind },
    { title: 'SUBJECT', cell: ({ subject }) => subject },
    { title: 'EXPIRES', cell: ({ notAfter }) => minute(notAfter) },
    { title: 'FINGERPRINT (SHA-256)', cell: ({ fingerprintSha256 }) => fingerprintSha256 },
  ],
};

export function addAuthorityCommands(program: Command, io: Io): void {
  const ca = program.command('ca').description('certificate authorities');

  listingOptions(ca.command('list').description('list authorities'), { paged: false }).action(
    async (options: ListOptions, command: Command) => {
      await runListing(io, apiOf(io, command), '/authorities', {}, view, options);
    },
  );

  addRevokeAuthorityCommand(ca, io);

  ca.command('show')
    .description('show an authority')
    .argument('<name>', 'name or id')
    .addOption(outputOption([...showFormats, 'pem']))
    .action(async (name: string, options: { output: ShowFormat | 'pem' }, command: Command) => {
      const found = await apiOf(io, command).get<Authority>(`/authorities/${segment(name)}`);
      if (options.output === 'pem') return writeData(io, found.certificatePem);
      const facts = (item: Authority) =>
        [
          ['Name', item.name],
          ['Kind', item.kind],
          ['Subject', item.subject],
          ['Serial number', item.serialNumber],
          ['Not before', item.notBefore],
          ['Not after', withRelative(item.notAfter)],
          ['Fingerprint (SHA-256)', item.fingerprintSha256],
          ['CRL shards', String(item.crlShards)],
          ['Id', item.id],
        ] as const;
      writeThing(io, found, { name: view.name, facts }, options.output);
      suggestNext(
        io,
        `touchmark ca show ${found.name} -o pem > ${found.name}.pem`,
        `touchmark crl list --ca ${found.name}`,
      );
    });
}
