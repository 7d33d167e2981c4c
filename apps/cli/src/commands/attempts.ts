/** `touchmark attempt …` */
import type { Attempt, AttemptSummary } from '@touchmark/admin-api';
import type { Command } from 'commander';
import { segment } from '../api.ts';
import { apiOf, listingOptions, outputOption, runListing } from '../command.ts';
import type { ListOptions } from '../command.ts';
import { suggestNext } from '../io.ts';
import type { Io } from '../io.ts';
import { showFormats, writeThing } from '../output/format.ts';
import type { ShowFormat, View } from '../output/format.ts';
import type { Cell } from '../output/table.ts';
import { minute, orDash, state } from '../output/words.ts';
import { addReplayCommand } from './attempt-replay.ts';

const view: View<AttemptSummary> = {
  noun: 'attempt',
  name: ({ id }) => id,
  columns: [
    { title: 'AT', cell: ({ at }) => minute(at) },
    { title: 'OUTCOME', cell: ({ outcome }) => state(outcome) },
    { title: 'REASON', cell: ({ code }) => orDash(code) },
    { title: 'ENDPOINT', cell: ({ endpointLabel, protocol }) => endpointLabel ?? protocol },
    { title: 'DEVICE', cell: ({ deviceId }) => orDash(deviceId) },
    { title: 'ASKED FOR', cell: ({ asked }) => orDash(asked && (asked.subject || (asked.subjectAltNames[0] ?? null))) },
    { title: 'FROM', cell: ({ remoteAddress }) => orDash(remoteAddress) },
    { title: 'ID', cell: ({ id }) => id },
  ],
};

interface AttemptListOptions extends ListOptions {
  readonly outcome?: string;
  readonly endpoint?: string;
  readonly device?: string;
  readonly transaction?: string;
}

export function addAttemptCommands(program: Command, io: Io): void {
  const attempt = program.command('attempt').description('enrollment attempts, accepted and refused');

  listingOptions(attempt.command('list').description('list attempts, newest first'), { paged: true })
    .option('--outcome <outcomes>', 'issued, pending, refused, failed; several with commas')
    .option('--endpoint <label>', 'only of this endpoint')
    .option('--device <id>', 'only of this device')
    .option('--transaction <id>', 'only of this transaction of SCEP')
    .action(async (options: AttemptListOptions, command: Command) => {
      const { outcome, endpoint, device, transaction, limit } = options;
      const query = { outcome, endpoint, deviceId: device, transactionId: transaction, limit };
      await runListing(io, apiOf(io, command), '/attempts', query, view, options);
    });

  attempt
    .command('show')
    .description('show an attempt: every step, and the rule that decided')
    .argument('<id>')
    .addOption(outputOption(showFormats))
    .action(async (id: string, options: { output: ShowFormat }, command: Command) => {
      const found = await apiOf(io, command).get<Attempt>(`/attempts/${segment(id)}`);
      writeThing(io, found, { name: view.name, facts: factsOf }, options.output);
      if (found.code !== null)
        suggestNext(io, `touchmark explain ${found.code}`, `touchmark attempt replay ${found.id}`);
      if (found.certificateId !== null) suggestNext(io, `touchmark cert show ${found.certificateId}`);
    });

  addReplayCommand(attempt, io);
}

/** What the request gave as its names: a claim, where the device is what was found. */
function namesOf({ asked }: AttemptSummary): string {
  if (asked === null) return '-';
  const more = asked.subjectAltNameCount - asked.subjectAltNames.length;
  return [asked.subject || '(empty subject)', ...asked.subjectAltNames, ...(more > 0 ? [`and ${more} more`] : [])].join(
    '\n',
  );
}

function factsOf(attempt: Attempt): readonly (readonly [string, string | Cell])[] {
  const steps = attempt.steps.map(({ step, note, warning }) => `${step}: ${warning ? 'warning: ' : ''}${note}`);
  return [
    ['Attempt', attempt.id],
    ['At', attempt.at],
    ['Outcome', state(attempt.outcome)],
    ['Reason', attempt.code === null ? '-' : `${attempt.code}: ${orDash(attempt.message)}`],
    [
      'Request',
      `${attempt.protocol} ${attempt.operation}${attempt.endpointLabel === null ? '' : ` at ${attempt.endpointLabel}`}`,
    ],
    ['Transaction', orDash(attempt.transactionId)],
    ['Asked for', namesOf(attempt)],
    ['From', orDash(attempt.remoteAddress)],
    ['Principal', orDash(attempt.principal)],
    ['Secret', orDash(attempt.secretId)],
    ['By certificate', orDash(attempt.callerCertificateId)],
    ['Profile', attempt.profile === null ? '-' : `${attempt.profile.name} version ${attempt.profile.version}`],
    ['Device', orDash(attempt.deviceId)],
    ['Certificate', orDash(attempt.certificateId)],
    ['Took', `${(attempt.durationMicroseconds / 1000).toFixed(1)} ms`],
    ['Steps', steps.join('\n') || '-'],
  ];
}
