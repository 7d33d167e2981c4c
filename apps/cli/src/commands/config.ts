/** `touchmark config check|print`: the configuration in force, without starting anything. */
import type { Command } from 'commander';
import { outputOption } from '../command.ts';
import { say, writeData } from '../io.ts';
import type { Io } from '../io.ts';
import { writeTable } from '../output/table.ts';
import { loadConfigurationCode, loadSettings, settingOptions } from '../server.ts';

export function addConfigCommands(program: Command, io: Io): void {
  const config = program.command('config').description('the configuration of the service');

  settingOptions(
    config.command('check').description('say what is wrong with it; exit code 2 when something is'),
  ).action(async (_options: unknown, command: Command) => {
    const { file } = await loadSettings(io, command);
    say(io, `The configuration can be used${file === undefined ? '' : ` (${file})`}.`);
  });

  settingOptions(config.command('print').description('every setting in force, and where it comes from'))
    .addOption(outputOption(['table', 'json']))
    .action(async (options: { output: 'table' | 'json' }, command: Command) => {
      const { configuration, sources } = await loadSettings(io, command);
      const { settings } = await loadConfigurationCode();
      const rows = Object.entries(settings).map(([key, { variable, secret }]) => {
        const found: unknown = Reflect.get(configuration, key);
        return {
          key,
          variable,
          value: found === undefined ? null : secret ? '(hidden)' : found,
          source: String(Reflect.get(sources, key)),
        };
      });
      if (options.output === 'json') {
        return writeData(io, JSON.stringify({ items: rows, nextCursor: null }, undefined, 2));
      }
      writeTable(
        io,
        ['SETTING', 'VALUE', 'FROM', 'VARIABLE'],
        rows.map(({ key, value, source, variable }) => [key, shown(value), source, variable].map((text) => ({ text }))),
      );
    });
}

function shown(value: unknown): string {
  if (value === null) return '-';
  if (Array.isArray(value)) return value.join(',') || '-';
  if (typeof value === 'object' && 'host' in value && 'port' in value)
    return `${String(value.host)}:${String(value.port)}`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
