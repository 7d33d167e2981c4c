/** Routes of acts on many certificates: the preview, the job, and what becomes of it. */
import { actOf, linkToNext, pageOfQuery } from '../act.ts';
import { jsonRoute } from '../route.ts';
import { SelectionQuery, toSelection } from '../schemas/certificate-selection.ts';
import { pageOf } from '../schemas/common.ts';
import {
  BulkRevocationBody,
  Job,
  JobParams,
  JobQuery,
  RevocationPreview,
  showJob,
  showPreview,
} from '../schemas/job.ts';
import { checkInvalidityDate } from '../schemas/revocation.ts';

export const jobRoutes = [
  jsonRoute({
    name: 'previewRevocation',
    method: 'GET',
    path: '/revocations/preview',
    tag: 'revocations',
    summary: 'Count what revoking a selection would do now',
    access: { kind: 'read', role: 'viewer' },
    query: SelectionQuery,
    response: RevocationPreview,
    description: 'Counts; nothing is changed',
    handle: async ({ query }, { services }) =>
      showPreview(await services.previewRevocation(await toSelection(query, services))),
  }),
  jsonRoute({
    name: 'startRevocation',
    method: 'POST',
    path: '/revocations',
    tag: 'revocations',
    summary: 'Revoke every certificate of a selection, as a job',
    access: { kind: 'act', role: 'officer' },
    body: BulkRevocationBody,
    idempotencyKey: 'The same act with the same key is the same job; without a key, each is a job of its own.',
    status: 202,
    response: Job,
    description: 'The job; its set is fixed',
    headers: ({ id }) => ({ Location: `/api/v1/jobs/${id}` }),
    handle: async ({ body }, context) => {
      const { services, now, idempotencyKey } = context;
      checkInvalidityDate(body.invalidityDate, now());
      const { reason, invalidityDate, expectedTotal } = body;
      const selection = await toSelection(body.selection, services);
      const request = { selection, reason, invalidityDate, expectedTotal, idempotencyKey };
      return showJob(await services.startRevocation(request, actOf(context)));
    },
  }),
  jsonRoute({
    name: 'listJobs',
    method: 'GET',
    path: '/jobs',
    tag: 'jobs',
    summary: 'List jobs, newest first',
    access: { kind: 'read', role: 'viewer' },
    query: JobQuery,
    response: pageOf(Job),
    description: 'One page of jobs',
    headers: linkToNext,
    handle: async ({ query }, { services }) => {
      const page = await services.listJobs({ states: query.state }, pageOfQuery(query));
      return { items: page.items.map(showJob), nextCursor: page.nextCursor ?? null };
    },
  }),
  jsonRoute({
    name: 'getJob',
    method: 'GET',
    path: '/jobs/{id}',
    tag: 'jobs',
    summary: 'Show a job and how far it is',
    access: { kind: 'read', role: 'viewer' },
    params: JobParams,
    response: Job,
    description: 'The job',
    handle: async ({ params: { id } }, { services }) => showJob(await services.getJob(id)),
  }),
  jsonRoute({
    name: 'cancelJob',
    method: 'POST',
    path: '/jobs/{id}/cancel',
    tag: 'jobs',
    summary: 'Cancel a job; what it did stays done',
    access: { kind: 'act', role: 'officer' },
    params: JobParams,
    response: Job,
    description: 'The job; it does nothing more',
    handle: async ({ params: { id } }, context) => showJob(await context.services.cancelJob(id, actOf(context))),
  }),
];
