/** `touchmark endpoint challenge …`: what is taken for a password beside enrollment secrets. */
import type { ChallengeTest, ChangedChallenge, DerivedChallenges, Endpoint } from '@touchmark/admin-api';
import type { Command } from 'commander';
import { segment } from '../api.ts';
import { confirm } from '../ask.ts';
import { apiOf, choice, outputOption } from '../command.ts';
import { collectSetting } from '../endpoint-options.ts';
import { CliFailure } from '../failure.ts';
import { say, suggestNext } from '../io.ts';
import type { Io } from '../io.ts';
import { endpointView, factsOfEndpoint } from '../output/endpoint.ts';
import { listFormats, showFormats, writeListing, writeThing } from '../output/format.ts';
import type { ListFormat, ShowFormat, View } from '../output/format.ts';
import { readSecretLine } from '../password.ts';

const kinds = ['static', 'derived', 'webhook', 'intune'] as const;

interface SetOptions {
  readonly kind: (typeof kinds)[number];
  readonly secretFile?: string;
  readonly setting?: Readonly<Record<string, unknown>>;
  readonly output: ShowFormat;
}

const derivedView: View<DerivedChallenges['items'][number]> = {
  noun: 'challenge',
  name: ({ challenge }) => challenge,
  columns: [
    { title: 'DEVICE', cell: ({ deviceId }) => deviceId },
    { title: 'CHALLENGE', cell: ({ challenge }) => challenge },
  ],
};

export function addChallengeCommands(endpoint: Command, io: Io): void {
  const challenge = endpoint
    .command('challenge')
    .description('what is taken for a password beside enrollment secrets: see docs/challenges.md');

  challenge
    .command('set')
    .description('set the challenge of an endpoint, in the place of the one it has')
    .argument('<label>')
    .addOption(
      choice('--kind <kind>', 'one password, one for each device, or asked elsewhere', kinds).makeOptionMandatory(),
    )
    .option(
      '--secret-file <file>',
      'file (- for standard input) with the password (static), the key in hex (derived, webhook) or the client secret (intune); without it one is made',
    )
    .option(
      '--setting <name=value>',
      'of this kind, e.g. url=https://… or timeoutSeconds=10; repeatable',
      collectSetting,
    )
    .addOption(outputOption(showFormats))
    .action(async (label: string, options: SetOptions, command: Command) => {
      const secret = options.secretFile === undefined ? undefined : await readSecretLine(io, options.secretFile);
      const body = { kind: options.kind, secret, settings: options.setting ?? {} };
      const changed = await apiOf(io, command).post<ChangedChallenge>(`/endpoints/${segment(label)}/challenge`, body);
      const facts = (item: ChangedChallenge) =>
        [
          ...factsOfEndpoint(item.endpoint),
          ...(item.secret === null ? [] : ([['Secret', item.secret]] as const)),
        ] as const;
      writeThing(io, changed, { name: ({ endpoint: { label: name } }) => name, facts }, options.output);
      if (changed.secret !== null) say(io, 'The secret is shown this once.');
      if (options.kind === 'webhook' || options.kind === 'intune') {
        suggestNext(io, `touchmark endpoint challenge test ${label}`);
      }
      if (options.kind === 'static') {
        say(
          io,
          'Whoever learns this password can enroll new devices here. Prefer --kind derived, or enrollment secrets.',
        );
      }
    });

  challenge
    .command('remove')
    .description('remove the challenge of an endpoint, with its key')
    .argument('<label>')
    .option('-y, --yes', 'do not ask')
    .action(async (label: string, options: { yes?: boolean }, command: Command) => {
      const api = apiOf(io, command);
      const path = `/endpoints/${segment(label)}`;
      const found = await api.get<Endpoint>(path);
      if (found.challenge === null) {
        say(io, `The endpoint ${endpointView.name(found)} has no challenge.`);
        return;
      }
      await confirm(io, `Remove the ${found.challenge.kind} challenge of ${label}?`, options.yes ?? false);
      await api.delete(`${path}/challenge`);
      say(io, `The endpoint ${label} has no challenge any more.`);
    });

  challenge
    .command('test')
    .description('find out whether challenges could be verified now; exit code 1 when they could not')
    .argument('<label>')
    .action(async (label: string, _options: unknown, command: Command) => {
      const path = `/endpoints/${segment(label)}/challenge/test`;
      const { ok, message } = await apiOf(io, command).post<ChallengeTest>(path, undefined);
      if (!ok)
        throw new CliFailure('failed', message, {
          hint: 'Devices are told challengeUnavailable. See docs/challenges.md.',
        });
      say(io, message);
    });

  challenge
    .command('derive')
    .description('compute the challenges of devices, where the challenge is derived')
    .argument('<label>')
    .argument('<devices...>', 'ids')
    .addOption(outputOption(listFormats))
    .action(async (label: string, deviceIds: string[], options: { output: ListFormat }, command: Command) => {
      const path = `/endpoints/${segment(label)}/challenge/derive`;
      const { items } = await apiOf(io, command).post<DerivedChallenges>(path, { deviceIds });
      writeListing(io, { items, nextCursor: null }, derivedView, options.output);
    });
}
