/** `touchmark endpoint …` */
import type { Endpoint } from '@touchmark/admin-api';
import type { Command } from 'commander';
import { segment } from '../api.ts';
import { apiOf, listingOptions, outputOption, runListing } from '../command.ts';
import type { ListOptions } from '../command.ts';
import { suggestNext } from '../io.ts';
import type { Io } from '../io.ts';
import { endpointView, factsOfEndpoint } from '../output/endpoint.ts';
import { showFormats, writeThing } from '../output/format.ts';
import type { ShowFormat } from '../output/format.ts';
import { addChallengeCommands } from './challenges.ts';
import { addEndpointChangeCommands } from './endpoint-change.ts';
import { addMobileConfigCommand } from './mobile-config.ts';
import { addSecretCommands } from './secrets.ts';

export function addEndpointCommands(program: Command, io: Io): void {
  const endpoint = program.command('endpoint').description('enrollment endpoints (EST and SCEP labels)');

  listingOptions(endpoint.command('list').description('list enrollment endpoints'), { paged: false }).action(
    async (options: ListOptions, command: Command) => {
      await runListing(io, apiOf(io, command), '/endpoints', {}, endpointView, options);
    },
  );

  endpoint
    .command('show')
    .description('show an enrollment endpoint')
    .argument('<label>')
    .addOption(outputOption(showFormats))
    .action(async (label: string, options: { output: ShowFormat }, command: Command) => {
      const found = await apiOf(io, command).get<Endpoint>(`/endpoints/${segment(label)}`);
      writeThing(io, found, { name: endpointView.name, facts: factsOfEndpoint }, options.output);
      suggestNext(io, `touchmark endpoint secret create ${found.label}`);
    });

  addEndpointChangeCommands(endpoint, io);
  addSecretCommands(endpoint, io);
  addChallengeCommands(endpoint, io);
  addMobileConfigCommand(endpoint, io);
}
