/** Follows a job to its end: a bar with rate and remaining time on a terminal, nothing in a pipe. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from '@touchmark/admin-api';
import { segment } from './api.ts';
import type { Api } from './api.ts';
import { CliFailure } from './failure.ts';
import type { Io } from './io.ts';

const barWidth = 30;
const pollMilliseconds = 300;

export async function watchJob(io: Io, api: Api, job: Job): Promise<Job> {
  const startedAt = Date.now();
  const before = job.done;
  let current = job;
  while (current.finishedAt === null) {
    draw(io, progressLine(current, current.done - before, (Date.now() - startedAt) / 1000));
    await sleep(pollMilliseconds);
    current = await api.get<Job>(`/jobs/${segment(job.id)}`);
  }
  draw(io, '');
  return current;
}

/** Throws unless the job did all of it. */
export function finishJob(job: Job): void {
  if (job.state === 'succeeded') return;
  throw new CliFailure(
    'partlyDone',
    `The job ${job.state === 'cancelled' ? 'was cancelled' : 'failed'} at ${job.done} of ${job.total}.`,
    {
      hint: job.failure ?? 'What it revoked stays revoked. Start it again to revoke the rest.',
    },
  );
}

/** @param fresh done since it is being watched, in `seconds` */
export function progressLine({ done, total, state }: Job, fresh: number, seconds: number): string {
  const share = total === 0 ? 1 : done / total;
  const full = Math.round(share * barWidth);
  const bar = `[${'#'.repeat(full)}${'.'.repeat(barWidth - full)}] ${Math.floor(share * 100)} % ${done}/${total}`;
  if (fresh <= 0 || seconds <= 0) return `${bar} ${state}`;
  const rate = fresh / seconds;
  return `${bar} ${Math.round(rate)}/s, ${Math.ceil((total - done) / rate)} s left`;
}

/** On one line of the terminal, in place of the one before. */
function draw(io: Io, line: string): void {
  if (io.stderr.isTTY) io.stderr.write(`\r\u001b[K${line}`);
}
