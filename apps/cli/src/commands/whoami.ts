/** `touchmark whoami` */
import type { WhoAmI } from '@touchmark/admin-api';
import type { Command } from 'commander';
import { apiOf, outputOption } from '../command.ts';
import { writeData } from '../io.ts';
import type { Io } from '../io.ts';
import { writeFacts } from '../output/table.ts';

type Output = 'table' | 'json';

export function addWhoAmICommand(program: Command, io: Io): void {
  program
    .command('whoami')
    .description('who you are to the service, and your role')
    .addOption(outputOption(['table', 'json']))
    .action(async (options: { output: Output }, command: Command) => {
      const who = await apiOf(io, command).get<WhoAmI>('/whoami');
      if (options.output === 'json') return writeData(io, JSON.stringify(who, undefined, 2));
      writeFacts(io, [
        ['Name', who.name],
        ['Role', who.role],
      ]);
    });
}
