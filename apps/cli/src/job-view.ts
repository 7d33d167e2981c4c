/** How jobs are shown. */
import type { Job } from '@touchmark/admin-api';
import type { View } from './output/format.ts';
import type { Cell } from './output/table.ts';
import { minute, orDash, state } from './output/words.ts';

export const jobView: View<Job> = {
  noun: 'job',
  name: ({ id }) => id,
  columns: [
    { title: 'ID', cell: ({ id }) => id },
    { title: 'STATE', cell: (job) => state(job.state) },
    { title: 'DONE', cell: ({ done, total }) => `${done}/${total}` },
    { title: 'REASON', cell: ({ reason }) => reason },
    { title: 'BY', cell: ({ requestedBy }) => requestedBy },
    { title: 'CREATED', cell: ({ createdAt }) => minute(createdAt) },
  ],
};

export function jobFacts(job: Job): readonly (readonly [string, string | Cell])[] {
  return [
    ['Job', job.id],
    ['State', state(job.state)],
    ...(job.failure === null ? [] : [['Failure', job.failure] as const]),
    ['Certificates', String(job.total)],
    ['Done', String(job.done)],
    ['Revoked by it', String(job.changed)],
    ['Reason', job.reason],
    [
      'Selection',
      Object.entries(job.selection)
        .map(([name, value]) => `${name}=${value}`)
        .join('\n') || '-',
    ],
    ['By', job.requestedBy],
    ['Created', job.createdAt],
    ['Started', orDash(job.startedAt)],
    ['Finished', orDash(job.finishedAt)],
  ];
}
