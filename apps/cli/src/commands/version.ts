/** `touchmark version` */
import type { Command } from 'commander';
import { outputOption } from '../command.ts';
import { writeData } from '../io.ts';
import type { Io } from '../io.ts';
import { readVersion } from '../version.ts';

export function addVersionCommand(program: Command, io: Io): void {
  program
    .command('version')
    .description('the version of this program')
    .addOption(outputOption(['table', 'json']))
    .action((options: { output: 'table' | 'json' }) => {
      const version = readVersion();
      const { node, openssl } = process.versions;
      if (options.output === 'json') return writeData(io, JSON.stringify({ version, node, openssl }, undefined, 2));
      writeData(io, `touchmark ${version} (Node ${node}, OpenSSL ${openssl})`);
    });
}
