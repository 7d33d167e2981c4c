/** `touchmark status` */
import type { Status } from '@touchmark/admin-api';
import type { Command } from 'commander';
import { apiOf, outputOption } from '../command.ts';
import { CliFailure } from '../failure.ts';
import { paint, suggestNext, writeData } from '../io.ts';
import type { Io } from '../io.ts';
import { printable, writeFacts } from '../output/table.ts';
import { relative } from '../output/words.ts';

type Output = 'table' | 'json';

export function addStatusCommand(program: Command, io: Io): void {
  program
    .command('status')
    .description('the state of the service; exit code 1 when it is not ready')
    .addOption(outputOption(['table', 'json']))
    .action(async (options: { output: Output }, command: Command) => {
      const status = await apiOf(io, command).get<Status>('/status');
      if (options.output === 'json') writeData(io, JSON.stringify(status, undefined, 2));
      else writeStatus(io, status);
      if (!status.ready) throw new CliFailure('failed', 'The service is not ready.');
      suggestNext(io, 'touchmark cert list', 'touchmark attempt list');
    });
}

function writeStatus(io: Io, status: Status): void {
  writeFacts(io, [
    ['Ready', { text: status.ready ? 'yes' : 'no', style: status.ready ? 'green' : 'red' }],
    ['Version', `${status.version} on Node ${status.nodeVersion}`],
    ['Started', relative(status.startedAt)],
    ['Public URL', status.publicUrl],
    ['EST URL', status.estUrl ?? '-'],
    ['Root (SHA-256)', status.rootFingerprint],
    ...Object.entries(status.counts).map(([name, count]) => [name, String(count)] as const),
  ]);
  for (const { name, ok, message } of status.checks) {
    writeData(
      io,
      `${paint(io, io.stdout, ok ? 'green' : 'red', ok ? 'ok    ' : 'failed')}  ${name}: ${printable(message)}`,
    );
  }
}
