/** `touchmark device create|set|suspend|resume|retire`. */
import type { Device, RetiredDevice } from '@touchmark/admin-api';
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { segment } from '../api.ts';
import { confirm } from '../ask.ts';
import { apiOf, choice, outputOption } from '../command.ts';
import { deviceFacts } from '../device-view.ts';
import { CliFailure } from '../failure.ts';
import { say, suggestNext } from '../io.ts';
import type { Io } from '../io.ts';
import { showFormats, writeThing } from '../output/format.ts';
import type { ShowFormat } from '../output/format.ts';
import { revocationReasons } from '../revocation-reasons.ts';

type Fields = Readonly<Record<string, string>>;

interface DescribeOptions {
  readonly role?: string;
  readonly segment?: string;
  readonly field: Fields;
  readonly unsetField?: readonly string[];
  readonly output: ShowFormat;
}

interface StateOptions {
  readonly comment?: string;
  readonly yes?: boolean;
  readonly output: ShowFormat;
}

const view = { name: ({ id }: Device): string => id, facts: deviceFacts };

export function addDeviceChangeCommands(device: Command, io: Io): void {
  describing(device.command('create').description('register a device')).action(
    async (id: string, { role, segment: where, field, output }: DescribeOptions, command: Command) => {
      const body = { id, role, segment: where, fields: field };
      writeThing(io, await apiOf(io, command).post<Device>('/devices', body), view, output);
      suggestNext(io, `touchmark endpoint secret create factory --device ${id}`);
    },
  );

  describing(device.command('set').description('change role, segment or fields; "" takes role or segment away'))
    .option('--unset-field <names...>', 'take fields away')
    .action(async (id: string, options: DescribeOptions, command: Command) => {
      const api = apiOf(io, command);
      const path = `/devices/${segment(id)}`;
      const changes = {
        role: options.role === '' ? null : options.role,
        segment: options.segment === '' ? null : options.segment,
        fields: changesFields(options) ? changedFields((await api.get<Device>(path)).fields, options) : undefined,
      };
      if (Object.values(changes).every((change) => change === undefined)) {
        throw new CliFailure('usage', 'There is nothing to change.', { hint: 'Give --role, --segment or --field.' });
      }
      writeThing(io, await api.patch<Device>(path, changes), view, options.output);
    });

  changing(device.command('suspend').description('issue nothing to a device until it is resumed')).action(
    async (id: string, { comment, output }: StateOptions, command: Command) => {
      const path = `/devices/${segment(id)}/suspend`;
      writeThing(io, await apiOf(io, command).post<Device>(path, { comment }), view, output);
      suggestNext(io, `touchmark device resume ${id}`);
    },
  );

  changing(device.command('resume').description('take a suspended device back')).action(
    async (id: string, { comment, output }: StateOptions, command: Command) => {
      const path = `/devices/${segment(id)}/resume`;
      writeThing(io, await apiOf(io, command).post<Device>(path, { comment }), view, output);
    },
  );

  changing(device.command('retire').description('retire a device for good'))
    .addOption(choice('--revoke <reason>', 'revoke its certificates too', revocationReasons))
    .option('-y, --yes', 'do not ask')
    .action(async (id: string, options: StateOptions & { revoke?: string }, command: Command) => {
      const { comment, revoke, yes = false, output } = options;
      const also = revoke === undefined ? '' : ` and revoke its certificates for ${revoke}`;
      await confirm(io, `Retire the device "${id}" for good${also}?`, yes);
      const path = `/devices/${segment(id)}/retire`;
      const retired = await apiOf(io, command).post<RetiredDevice>(path, { comment, revoke });
      writeThing(io, retired, view, output);
      if (revoke !== undefined) say(io, `${retired.revokedCertificates} certificates were revoked.`);
      else suggestNext(io, `touchmark cert list --device ${id} --status active`);
    });
}

function describing(command: Command): Command {
  return command
    .argument('<id>')
    .option('--role <role>', 'what it is for')
    .option('--segment <segment>', 'where it belongs')
    .option('--field <name=value>', 'a further field; may be repeated', collectField, {})
    .addOption(outputOption(showFormats));
}

function changing(command: Command): Command {
  return command
    .argument('<id>')
    .option('--comment <text>', 'why; kept in the audit log')
    .addOption(outputOption(showFormats));
}

function collectField(written: string, before: Fields): Fields {
  const at = written.indexOf('=');
  if (at < 1 || at === written.length - 1) throw new InvalidArgumentError('Write NAME=VALUE.');
  return { ...before, [written.slice(0, at)]: written.slice(at + 1) };
}

function changesFields({ field, unsetField = [] }: DescribeOptions): boolean {
  return Object.keys(field).length + unsetField.length > 0;
}

function changedFields(before: Fields, { field, unsetField = [] }: DescribeOptions): Fields {
  const kept = Object.entries(before).filter(([name]) => !unsetField.includes(name));
  return { ...Object.fromEntries(kept), ...field };
}
