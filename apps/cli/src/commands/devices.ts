/** `touchmark device …` */
import type { Device } from '@touchmark/admin-api';
import type { Command } from 'commander';
import { segment } from '../api.ts';
import { apiOf, listingOptions, outputOption, runListing } from '../command.ts';
import type { ListOptions } from '../command.ts';
import { suggestNext } from '../io.ts';
import type { Io } from '../io.ts';
import { showFormats, writeThing } from '../output/format.ts';
import type { ShowFormat, View } from '../output/format.ts';
import { minute, state } from '../output/words.ts';

const view: View<Device> = {
  noun: 'device',
  name: ({ id }) => id,
  columns: [
    { title: 'ID', cell: ({ id }) => id },
    { title: 'STATE', cell: (device) => state(device.state) },
    { title: 'CREATED', cell: ({ createdAt }) => minute(createdAt) },
  ],
};

export function addDeviceCommands(program: Command, io: Io): void {
  const device = program.command('device').description('registered devices');

  listingOptions(device.command('list').description('list devices, newest first'), { paged: true })
    .option('--state <states>', 'registered, active, suspended, retired; several with commas')
    .action(async (options: ListOptions & { state?: string }, command: Command) => {
      const query = { state: options.state, limit: options.limit };
      await runListing(io, apiOf(io, command), '/devices', query, view, options);
    });

  device
    .command('show')
    .description('show a device')
    .argument('<id>')
    .addOption(outputOption(showFormats))
    .action(async (id: string, options: { output: ShowFormat }, command: Command) => {
      const found = await apiOf(io, command).get<Device>(`/devices/${segment(id)}`);
      const facts = (item: Device) =>
        [
          ['Device', item.id],
          ['State', state(item.state)],
          ['Created', item.createdAt],
        ] as const;
      writeThing(io, found, { name: view.name, facts }, options.output);
      suggestNext(io, `touchmark cert list --device ${found.id}`, `touchmark attempt list --device ${found.id}`);
    });
}
