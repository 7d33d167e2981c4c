/** `touchmark device import`: many devices from a file, each with what became of it. */
import type { ImportedRow } from '@touchmark/admin-api';
import type { Command } from 'commander';
import { apiOf, outputOption } from '../command.ts';
import { parseDevices } from '../device-file.ts';
import type { DeviceRow } from '../device-file.ts';
import { CliFailure } from '../failure.ts';
import { readInput } from '../files.ts';
import { say } from '../io.ts';
import type { Io } from '../io.ts';
import { listFormats, writeListing } from '../output/format.ts';
import type { ListFormat, Listing, View } from '../output/format.ts';
import { orDash } from '../output/words.ts';

const view: View<ImportedRow> = {
  noun: 'device',
  name: ({ id }) => id,
  columns: [
    { title: 'ID', cell: ({ id }) => id },
    { title: 'OUTCOME', cell: ({ outcome }) => outcome },
    { title: 'REASON', cell: ({ code }) => orDash(code) },
    { title: 'MESSAGE', cell: ({ message }) => orDash(message) },
  ],
};

/** Well below what the service takes in one body, with fields of usual length. */
const rowsAtOnce = 200;
const bytesAtOnce = 80_000;

export function addDeviceImportCommand(device: Command, io: Io): void {
  device
    .command('import')
    .description('register the devices of a CSV or NDJSON file; one that is refused does not stop the others')
    .argument('<file>', 'titles id,role,segment and further fields; or one JSON object a line; - for standard input')
    .addOption(outputOption(listFormats))
    .action(async (file: string, { output }: { output: ListFormat }, command: Command) => {
      const rows = parseDevices(Buffer.from(await readInput(io, file)).toString('utf8'), file);
      const api = apiOf(io, command);
      const items: ImportedRow[] = [];
      for (const devices of inParts(rows)) {
        const answer = await api.post<Listing<ImportedRow>>('/device-imports', { devices }).catch((error: unknown) => {
          if (items.length > 0) say(io, `${items.length} of ${rows.length} were looked at before this.`);
          throw error;
        });
        items.push(...answer.items);
      }
      const refused = items.filter(({ outcome }) => outcome === 'refused');
      writeListing(io, { items, nextCursor: null }, view, output);
      if (refused.length > 0) {
        throw new CliFailure('partlyDone', `${refused.length} of ${rows.length} devices were not registered.`);
      }
    });
}

function* inParts(rows: readonly DeviceRow[]): Generator<readonly DeviceRow[]> {
  let part: DeviceRow[] = [];
  let bytes = 0;
  for (const row of rows) {
    const size = Buffer.byteLength(JSON.stringify(row));
    if (part.length >= rowsAtOnce || (part.length > 0 && bytes + size > bytesAtOnce)) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(row);
    bytes += size;
  }
  if (part.length > 0) yield part;
}
