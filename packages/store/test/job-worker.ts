/** A worker in a process of its own, to be killed: works on one job until it is through. */
import { BulkRevocation } from '@touchmark/ca';
import { openRegistry } from '../src/index.ts';
import { random } from './records.ts';

const [databaseUrl = '', jobId = ''] = process.argv.slice(2);
const registry = openRegistry({ databaseUrl });
const clock = { now: () => new Date() };
const bulk = new BulkRevocation({ registry: registry.revocationJobs, clock, randomBytes: random });
await bulk.work(jobId, new AbortController().signal, () => undefined);
await registry.close();
