import { expect, it } from '@jest/globals';
import type { Job } from '@touchmark/admin-api';
import { finishJob, progressLine } from '../src/watch-job.ts';

const job = (fields: Partial<Job>): Job => ({
  id: 'x',
  kind: 'revocation',
  state: 'running',
  createdAt: '2026-01-31T12:00:00.000Z',
  startedAt: null,
  finishedAt: null,
  total: 20_000,
  done: 5_000,
  changed: 5_000,
  requestedBy: 'ada',
  reason: 'keyCompromise',
  invalidityDate: null,
  selection: {},
  failure: null,
  ...fields,
});

it('the bar has share, count, and rate and remaining time of what was seen to be done', () => {
  expect(progressLine(job({}), 4_000, 2)).toBe('[########......................] 25 % 5000/20000 2000/s, 8 s left');
  expect(progressLine(job({ state: 'queued', done: 0 }), 0, 0)).toBe(
    '[..............................] 0 % 0/20000 queued',
  );
  expect(progressLine(job({ total: 0, done: 0 }), 0, 1)).toContain('100 % 0/0');
});

it('a job that did not do all of it ends the command with 8', () => {
  expect(() => finishJob(job({ state: 'succeeded' }))).not.toThrow();
  for (const state of ['cancelled', 'failed'] as const) {
    expect(() => finishJob(job({ state, failure: 'because' }))).toThrow(
      expect.objectContaining({ exit: 'partlyDone' }),
    );
  }
});
