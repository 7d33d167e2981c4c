/** `touchmark endpoint …` */
import type { Endpoint } from '@touchmark/admin-api';
import type { Command } from 'commander';
import { segment } from '../api.ts';
import { apiOf, listingOptions, outputOption, runListing } from '../command.ts';
import type { ListOptions } from '../command.ts';
import { suggestNext } from '../io.ts';
import type { Io } from '../io.ts';
import { showFormats, writeThing } from '../output/format.ts';
import type { ShowFormat, View } from '../output/format.ts';
import { addSecretCommands } from './secrets.ts';

const view: View<Endpoint> = {
  noun: 'enrollment endpoint',
  name: ({ label }) => label,
  columns: [
    { title: 'LABEL', cell: ({ label }) => label },
    { title: 'PROTOCOL', cell: ({ protocol }) => protocol },
    { title: 'PROFILE', cell: ({ profile }) => `${profile.name} v${profile.version}` },
    { title: 'ACCEPTS', cell: (endpoint) => acceptsOf(endpoint) },
  ],
};

export function addEndpointCommands(program: Command, io: Io): void {
  const endpoint = program.command('endpoint').description('enrollment endpoints (EST and SCEP labels)');

  listingOptions(endpoint.command('list').description('list enrollment endpoints'), { paged: false }).action(
    async (options: ListOptions, command: Command) => {
      await runListing(io, apiOf(io, command), '/endpoints', {}, view, options);
    },
  );

  endpoint
    .command('show')
    .description('show an enrollment endpoint')
    .argument('<label>')
    .addOption(outputOption(showFormats))
    .action(async (label: string, options: { output: ShowFormat }, command: Command) => {
      const found = await apiOf(io, command).get<Endpoint>(`/endpoints/${segment(label)}`);
      const facts = (item: Endpoint) =>
        [
          ['Label', item.label],
          ['Protocol', item.protocol],
          ['Profile', `${item.profile.name} version ${item.profile.version}`],
          ['Authority', item.authorityId],
          ['Accepts', acceptsOf(item)],
        ] as const;
      writeThing(io, found, { name: view.name, facts }, options.output);
      suggestNext(io, `touchmark endpoint secret create ${found.label}`);
    });

  addSecretCommands(endpoint, io);
}

function acceptsOf({ acceptsSecret, acceptsCertificate }: Endpoint): string {
  return [...(acceptsSecret ? ['secret'] : []), ...(acceptsCertificate ? ['certificate'] : [])].join(', ') || 'nothing';
}
