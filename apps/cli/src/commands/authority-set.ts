/** `touchmark ca set|retire` */
import type { Authority } from '@touchmark/admin-api';
import type { Command } from 'commander';
import { segment } from '../api.ts';
import { confirm } from '../ask.ts';
import { apiOf, choice, outputOption } from '../command.ts';
import type { Io } from '../io.ts';
import { authorityView, factsOfAuthority } from '../output/authority.ts';
import { showFormats, writeThing } from '../output/format.ts';
import type { ShowFormat } from '../output/format.ts';
import { settingsBody, settingsOptions } from './authority-options.ts';
import type { SettingsOptions } from './authority-options.ts';

interface SetOptions extends SettingsOptions {
  readonly state?: Authority['state'];
  readonly revision?: number;
  readonly output: ShowFormat;
}

export function addSetAuthorityCommands(ca: Command, io: Io): void {
  const set = ca.command('set').description('change the settings of an authority').argument('<name>', 'name or id');
  settingsOptions(set)
    .addOption(choice('--state <state>', 'whether it issues', ['active', 'retired']))
    .option('--revision <n>', 'only if it is still at this revision, as touchmark ca show has it', Number)
    .addOption(outputOption(showFormats))
    .action((name: string, options: SetOptions, command: Command) => change(io, name, options, command));

  ca.command('retire')
    .description('let an authority issue nothing any more; its CRL and OCSP stay')
    .argument('<name>', 'name or id')
    .option('-y, --yes', 'do not ask')
    .addOption(outputOption(showFormats))
    .action(async (name: string, options: SetOptions & { yes?: boolean }, command: Command) => {
      await confirm(
        io,
        `Retire the authority ${name}? Devices that enroll or renew there are refused.`,
        options.yes ?? false,
      );
      await change(io, name, { ...options, state: 'retired' }, command);
    });
}

async function change(io: Io, name: string, options: SetOptions, command: Command): Promise<void> {
  const api = apiOf(io, command);
  const path = `/authorities/${segment(name)}`;
  const seen = options.revision ?? (await api.get<Authority>(path)).revision;
  const body = { state: options.state, ...settingsBody(options) };
  const changed = await api.patch<Authority>(path, body, { 'If-Match': `"${seen}"` });
  writeThing(io, changed, { name: authorityView.name, facts: factsOfAuthority }, options.output);
}
