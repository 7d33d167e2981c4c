/** `touchmark endpoint secret …` */
import type { CreatedSecret, Secret } from '@touchmark/admin-api';
import type { Command } from 'commander';
import { segment } from '../api.ts';
import { confirm } from '../ask.ts';
import { apiOf, listingOptions, outputOption, runListing } from '../command.ts';
import type { ListOptions } from '../command.ts';
import { parseDuration } from '../duration.ts';
import { say } from '../io.ts';
import type { Io } from '../io.ts';
import { showFormats, writeThing } from '../output/format.ts';
import type { ShowFormat, View } from '../output/format.ts';
import { minute, orDash, state, withRelative } from '../output/words.ts';

const view: View<Secret> = {
  noun: 'secret',
  name: ({ id }) => id,
  columns: [
    { title: 'ID', cell: ({ id }) => id },
    { title: 'STATUS', cell: ({ status }) => state(status) },
    { title: 'USES', cell: ({ uses, maxUses }) => `${uses}/${maxUses}` },
    { title: 'DEVICE', cell: ({ deviceId }) => orDash(deviceId) },
    { title: 'EXPIRES', cell: ({ expiresAt }) => minute(expiresAt) },
  ],
};

interface CreateOptions {
  readonly device?: string;
  readonly uses: number;
  readonly expiresIn: number;
  readonly idempotencyKey?: string;
  readonly output: ShowFormat;
}

export function addSecretCommands(endpoint: Command, io: Io): void {
  const secret = endpoint.command('secret').description('enrollment secrets of an endpoint');

  secret
    .command('create')
    .description('create an enrollment secret; it is shown once')
    .argument('<label>')
    .option('--device <id>', 'bind it to this device, and register the device if it is unknown (recommended)')
    .option('--uses <n>', 'how often it may be used', Number, 1)
    .option('--expires-in <duration>', 'for example 30m, 24h, 7d', parseDuration, 86_400)
    .option('--idempotency-key <key>', 'refuse to create a second one with the same key')
    .addOption(outputOption(showFormats))
    .action(async (label: string, options: CreateOptions, command: Command) => {
      const body = { deviceId: options.device, maxUses: options.uses, expiresInSeconds: options.expiresIn };
      const headers = options.idempotencyKey === undefined ? {} : { 'Idempotency-Key': options.idempotencyKey };
      const created = await apiOf(io, command).post<CreatedSecret>(
        `/endpoints/${segment(label)}/secrets`,
        body,
        headers,
      );
      writeThing(io, created, { name: ({ secret: value }) => value, facts: factsOf }, options.output);
      say(io, 'The secret is shown this once; only its hash is kept.');
      if (created.deviceId === null) {
        say(
          io,
          'It registers whatever new device presents it; with --device ID it would be good for that device only.',
        );
      }
    });

  listingOptions(secret.command('list').description('list the secrets of an endpoint').argument('<label>'), {
    paged: true,
  }).action(async (label: string, options: ListOptions, command: Command) => {
    const path = `/endpoints/${segment(label)}/secrets`;
    await runListing(io, apiOf(io, command), path, { limit: options.limit }, view, options);
  });

  secret
    .command('revoke')
    .description('revoke a secret')
    .argument('<label>')
    .argument('<id>')
    .option('-y, --yes', 'do not ask')
    .action(async (label: string, id: string, options: { yes?: boolean }, command: Command) => {
      await confirm(io, `Revoke the secret ${id} of ${label}?`, options.yes ?? false);
      await apiOf(io, command).delete(`/endpoints/${segment(label)}/secrets/${segment(id)}`);
      say(io, `The secret ${id} is revoked.`);
    });
}

function factsOf(secret: CreatedSecret): readonly (readonly [string, string])[] {
  return [
    ['Secret', secret.secret],
    ['Id', secret.id],
    ['Endpoint', secret.endpointLabel],
    ['Device', secret.deviceId ?? 'any'],
    ['Uses', String(secret.maxUses)],
    ['Expires', withRelative(secret.expiresAt)],
  ];
}
