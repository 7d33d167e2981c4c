/** `touchmark device …`; what changes devices, and the import of many, have files of their own. */
import type { Device } from '@touchmark/admin-api';
import type { Command } from 'commander';
import { segment } from '../api.ts';
import { apiOf, listingOptions, outputOption, runListing } from '../command.ts';
import type { ListOptions } from '../command.ts';
import { deviceFacts, deviceView, timelineView } from '../device-view.ts';
import { suggestNext } from '../io.ts';
import type { Io } from '../io.ts';
import { showFormats, writeThing } from '../output/format.ts';
import type { ShowFormat } from '../output/format.ts';
import { addDeviceChangeCommands } from './device-change.ts';
import { addDeviceImportCommand } from './device-import.ts';

export function addDeviceCommands(program: Command, io: Io): void {
  const device = program.command('device').description('registered devices');

  listingOptions(device.command('list').description('list devices, in the order of their ids'), { paged: true })
    .option('--state <states>', 'registered, active, suspended, retired; several with commas')
    .action(async (options: ListOptions & { state?: string }, command: Command) => {
      const query = { state: options.state, limit: options.limit };
      await runListing(io, apiOf(io, command), '/devices', query, deviceView, options);
    });

  device
    .command('show')
    .description('show a device')
    .argument('<id>')
    .addOption(outputOption(showFormats))
    .action(async (id: string, options: { output: ShowFormat }, command: Command) => {
      const found = await apiOf(io, command).get<Device>(`/devices/${segment(id)}`);
      writeThing(io, found, { name: deviceView.name, facts: deviceFacts }, options.output);
      suggestNext(io, `touchmark device timeline ${found.id}`, `touchmark cert list --device ${found.id}`);
    });

  listingOptions(device.command('timeline').description('list what happened to a device, newest first'), {
    paged: true,
  })
    .argument('<id>')
    .action(async (id: string, options: ListOptions, command: Command) => {
      const path = `/devices/${segment(id)}/timeline`;
      await runListing(io, apiOf(io, command), path, { limit: options.limit }, timelineView, options);
    });

  addDeviceChangeCommands(device, io);
  addDeviceImportCommand(device, io);
}
