/** Revoking many certificates: preview, question, job, progress. */
import type { Job, RevocationPreview } from '@touchmark/admin-api';
import type { Command } from 'commander';
import type { Api } from '../api.ts';
import { confirm } from '../ask.ts';
import { apiOf, choice, outputOption } from '../command.ts';
import { jobFacts, jobView } from '../job-view.ts';
import { suggestNext, say } from '../io.ts';
import type { Io } from '../io.ts';
import { showFormats, writeThing } from '../output/format.ts';
import type { ShowFormat } from '../output/format.ts';
import { writeFacts } from '../output/table.ts';
import { revocationReasons } from '../revocation-reasons.ts';
import { filtersOf, selectionOptions } from '../selection-options.ts';
import type { SelectionOptions } from '../selection-options.ts';
import { finishJob, watchJob } from '../watch-job.ts';

export interface BulkOptions extends SelectionOptions {
  readonly reason: string;
  readonly invalidityDate?: string;
  readonly yes?: boolean;
  /** False with `--no-wait`. */
  readonly wait: boolean;
  readonly output: ShowFormat;
}

export function addBulkCommands(cert: Command, io: Io): void {
  const bulk = cert.command('bulk').description('many certificates at once');

  selectionOptions(bulk.command('preview').description('count what revoking a selection would do; changes nothing'))
    .addOption(outputOption(['table', 'json']))
    .action(async (options: SelectionOptions & { output: 'table' | 'json' }, command: Command) => {
      const preview = await apiOf(io, command).get<RevocationPreview>('/revocations/preview', filtersOf(io, options));
      if (options.output === 'json') io.stdout.write(`${JSON.stringify(preview, undefined, 2)}\n`);
      else writeFacts(io, previewFacts(preview));
    });

  bulkOptions(
    selectionOptions(bulk.command('revoke').description('revoke every certificate of a selection, as a job')),
  ).action(async (options: BulkOptions, command: Command) => {
    await revokeSelection(io, apiOf(io, command), options);
  });
}

/** What the act takes beside the selection. */
export function bulkOptions(command: Command): Command {
  return command
    .addOption(choice('--reason <reason>', 'why', revocationReasons).default('unspecified'))
    .option('--invalidity-date <time>', 'since when the key is suspect, RFC 3339 in UTC')
    .option('-y, --yes', 'do not ask')
    .option('--no-wait', 'do not wait until the job is through')
    .addOption(outputOption(showFormats));
}

/** The number that was shown is the number that is revoked, or it is refused. */
export async function revokeSelection(io: Io, api: Api, options: BulkOptions): Promise<void> {
  const selection = filtersOf(io, options);
  const preview = await api.get<RevocationPreview>('/revocations/preview', selection);
  for (const [name, value] of previewFacts(preview)) say(io, `${name}: ${value}`);
  if (preview.total > 0) {
    await confirm(io, `Revoke ${preview.total} certificates for ${options.reason}, for good?`, options.yes ?? false);
  }
  const body = {
    selection,
    reason: options.reason,
    expectedTotal: preview.total,
    ...(options.invalidityDate !== undefined && { invalidityDate: options.invalidityDate }),
  };
  const job = await api.post<Job>('/revocations', body);
  if (!options.wait) {
    writeThing(io, job, { name: jobView.name, facts: jobFacts }, options.output);
    suggestNext(io, `touchmark job watch ${job.id}`);
    return;
  }
  const ended = await watchJob(io, api, job);
  writeThing(io, ended, { name: jobView.name, facts: jobFacts }, options.output);
  finishJob(ended);
}

function previewFacts(preview: RevocationPreview): readonly (readonly [string, string])[] {
  const { total, byStatus, byProfile, devices, strandedDevices, strandedExamples } = preview;
  const counts = (of: readonly (readonly [string, number])[]): string =>
    of.map(([name, count]) => `${count} ${name}`).join(', ') || '-';
  const examples = strandedExamples.length === 0 ? '' : ` (${strandedExamples.join(', ')}${more(preview)})`;
  return [
    ['Certificates', String(total)],
    ['By status', counts(Object.entries(byStatus))],
    ['By profile', counts(byProfile.map(({ profile, count }) => [profile, count] as const))],
    ['Devices', String(devices)],
    ['Left without an active certificate', `${strandedDevices}${examples}`],
    ...(preview.protected === 0
      ? []
      : [['Left alone (authorities, the service, principals)', String(preview.protected)] as const]),
  ];
}

function more({ strandedDevices, strandedExamples }: RevocationPreview): string {
  return strandedDevices > strandedExamples.length ? ', …' : '';
}
