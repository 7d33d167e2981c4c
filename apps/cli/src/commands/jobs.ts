/** `touchmark job …` */
import type { Job } from '@touchmark/admin-api';
import type { Command } from 'commander';
import { segment } from '../api.ts';
import { apiOf, listingOptions, outputOption, runListing } from '../command.ts';
import type { ListOptions } from '../command.ts';
import { jobFacts, jobView } from '../job-view.ts';
import { suggestNext } from '../io.ts';
import type { Io } from '../io.ts';
import { showFormats, writeThing } from '../output/format.ts';
import type { ShowFormat } from '../output/format.ts';
import { finishJob, watchJob } from '../watch-job.ts';

export function addJobCommands(program: Command, io: Io): void {
  const job = program.command('job').description('acts on many certificates, and how far they are');

  listingOptions(job.command('list').description('list jobs, newest first'), { paged: true })
    .option('--state <states>', 'queued, running, succeeded, cancelled, failed; several with commas')
    .action(async (options: ListOptions & { state?: string }, command: Command) => {
      const query = { state: options.state, limit: options.limit };
      await runListing(io, apiOf(io, command), '/jobs', query, jobView, options);
    });

  job
    .command('show')
    .description('show a job and how far it is')
    .argument('<id>')
    .addOption(outputOption(showFormats))
    .action(async (id: string, { output }: { output: ShowFormat }, command: Command) => {
      const found = await apiOf(io, command).get<Job>(`/jobs/${segment(id)}`);
      writeThing(io, found, { name: jobView.name, facts: jobFacts }, output);
      if (found.finishedAt === null) suggestNext(io, `touchmark job watch ${id}`, `touchmark job cancel ${id}`);
    });

  job
    .command('watch')
    .description('wait until a job has ended, with its progress; exit code 8 when it did not do all of it')
    .argument('<id>')
    .addOption(outputOption(showFormats))
    .action(async (id: string, { output }: { output: ShowFormat }, command: Command) => {
      const api = apiOf(io, command);
      const ended = await watchJob(io, api, await api.get<Job>(`/jobs/${segment(id)}`));
      writeThing(io, ended, { name: jobView.name, facts: jobFacts }, output);
      finishJob(ended);
    });

  job
    .command('cancel')
    .description('end a job; what it revoked stays revoked')
    .argument('<id>')
    .addOption(outputOption(showFormats))
    .action(async (id: string, { output }: { output: ShowFormat }, command: Command) => {
      const cancelled = await apiOf(io, command).post<Job>(`/jobs/${segment(id)}/cancel`, undefined);
      writeThing(io, cancelled, { name: jobView.name, facts: jobFacts }, output);
    });
}
