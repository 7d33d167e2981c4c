/** `touchmark endpoint create|set` */
import type { Endpoint } from '@touchmark/admin-api';
import { Option } from 'commander';
import type { Command } from 'commander';
import { segment } from '../api.ts';
import { apiOf, choice, outputOption } from '../command.ts';
import { endpointBody, endpointOptions } from '../endpoint-options.ts';
import type { EndpointOptions } from '../endpoint-options.ts';
import { suggestNext } from '../io.ts';
import type { Io } from '../io.ts';
import { endpointView, factsOfEndpoint } from '../output/endpoint.ts';
import { showFormats, writeThing } from '../output/format.ts';
import type { ShowFormat } from '../output/format.ts';

interface CreateOptions extends EndpointOptions {
  readonly protocol: 'est' | 'scep';
  readonly output: ShowFormat;
}

interface SetOptions extends EndpointOptions {
  readonly output: ShowFormat;
  readonly enable?: boolean;
  readonly disable?: boolean;
  readonly revision?: number;
}

export function addEndpointChangeCommands(endpoint: Command, io: Io): void {
  endpointOptions(
    endpoint
      .command('create')
      .description('create a label for EST or SCEP, bound to an authority and a profile')
      .argument('<label>', 'in the path /.well-known/est/LABEL or /scep/LABEL; not the name of an operation')
      .requiredOption('--ca <name>', 'the authority that certifies')
      .requiredOption('--profile <name>', 'what kind of certificate'),
  )
    .addOption(choice('--protocol <name>', 'what devices speak there', ['est', 'scep']).default('est'))
    .addOption(outputOption(showFormats))
    .action(async (label: string, options: CreateOptions, command: Command) => {
      const body = { label, protocol: options.protocol, ...endpointBody(options) };
      const created = await apiOf(io, command).post<Endpoint>('/endpoints', body);
      writeThing(io, created, { name: endpointView.name, facts: factsOfEndpoint }, options.output);
      if (created.acceptsSecret) suggestNext(io, `touchmark endpoint secret create ${created.label} --device ID`);
    });

  endpointOptions(
    endpoint
      .command('set')
      .description('change an endpoint')
      .argument('<label>')
      .option('--ca <name>', 'the authority that certifies from now on')
      .option('--profile <name>', 'what kind of certificate from now on'),
  )
    .addOption(new Option('--enable', 'open it').conflicts('disable'))
    .option('--disable', 'close it: nothing is enrolled there')
    .option('--revision <n>', 'only if it is still at this revision, as touchmark endpoint show has it', Number)
    .addOption(outputOption(showFormats))
    .action(async (label: string, options: SetOptions, command: Command) => {
      const api = apiOf(io, command);
      const path = `/endpoints/${segment(label)}`;
      const seen = options.revision ?? (await api.get<Endpoint>(path)).revision;
      const enabled = options.enable === true ? true : options.disable === true ? false : undefined;
      const body = { ...endpointBody(options), enabled };
      const changed = await api.patch<Endpoint>(path, body, { 'If-Match': `"${seen}"` });
      writeThing(io, changed, { name: endpointView.name, facts: factsOfEndpoint }, options.output);
    });
}
