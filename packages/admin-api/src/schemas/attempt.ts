/** Enrollment attempts as the REST interface shows them. */
import { toBase64 } from '@touchmark/asn1';
import { askedNames } from '@touchmark/ca';
import type { EnrollmentAttempt } from '@touchmark/ca';
import { z } from 'zod';
import { CursorQuery, DeviceId, Identifier, Timestamp, commaList, timestamp } from './common.ts';

export const attemptOutcomes = [
  'issued',
  'pending',
  'refused',
  'failed',
] as const satisfies readonly EnrollmentAttempt['outcome'][];

const summaryFields = {
  id: z.string(),
  at: Timestamp,
  protocol: z.string(),
  operation: z.string(),
  endpointLabel: z.string().nullable(),
  remoteAddress: z.string().nullable(),
  transactionId: z.string().nullable().meta({ description: 'Of SCEP' }),
  outcome: z.enum(attemptOutcomes),
  code: z.string().nullable().meta({
    description:
      'Of the refusal. Of what is pending: for what it would be refused, which its caller, a stranger, is not told',
  }),
  message: z.string().nullable(),
  deviceId: z.string().nullable(),
  certificateId: z.string().nullable(),
  secretId: z.string().nullable(),
  callerCertificateId: z.string().nullable().meta({ description: 'The certificate that authenticated the request' }),
  profile: z
    .strictObject({ name: z.string(), version: z.int() })
    .nullable()
    .meta({ description: 'By which it was judged' }),
  principal: z.string().nullable(),
  asked: z
    .strictObject({
      subject: z.string().meta({ description: 'RFC 4514, shortened to 200 characters' }),
      subjectAltNames: z.array(z.string()).meta({ description: 'The first four, each with its kind' }),
      subjectAltNameCount: z.int(),
    })
    .nullable()
    .meta({
      description:
        'The names that the request asks for, as far as it can be read; nothing of it is proven. In a listing also null of a request of more than 4096 octets that is kept: the attempt itself has them',
    }),
  durationMicroseconds: z.int(),
};

export const AttemptSummary = z.strictObject(summaryFields).meta({ id: 'AttemptSummary' });
export type AttemptSummary = z.infer<typeof AttemptSummary>;

export const Attempt = z
  .strictObject({
    ...summaryFields,
    /** In order; the last is the one that decided. */
    steps: z.array(z.strictObject({ step: z.string(), note: z.string(), warning: z.boolean() })),
    request: z.string().nullable().meta({ description: 'PKCS #10, DER in base64' }),
  })
  .meta({ id: 'Attempt' });
export type Attempt = z.infer<typeof Attempt>;

/** Printable ASCII, as a message of SCEP may have it. */
const TransactionId = z.string().regex(/^[\x20-\x7e]{1,256}$/, 'use 1 to 256 printable ASCII characters');

export const AttemptQuery = z.strictObject({
  outcome: commaList(attemptOutcomes, 'Only these'),
  endpoint: Identifier.optional().meta({ description: 'Label' }),
  deviceId: DeviceId.optional(),
  transactionId: TransactionId.optional().meta({ description: 'Of SCEP, as the client wrote it' }),
  ...CursorQuery,
});

export const AttemptParams = z.strictObject({ id: Identifier });

/** To read a request takes up to 100 microseconds for each 512 octets, and a listing may have 500 of them. */
const longestListed = 4096;

export function showListedAttempt(attempt: EnrollmentAttempt): AttemptSummary {
  const isShort = (attempt.requestDer?.length ?? 0) <= longestListed;
  return showAttemptSummary(isShort ? attempt : { ...attempt, requestDer: undefined });
}

export function showAttemptSummary(attempt: EnrollmentAttempt): AttemptSummary {
  return {
    id: attempt.id,
    at: timestamp(attempt.at),
    protocol: attempt.protocol,
    operation: attempt.operation,
    endpointLabel: attempt.endpointLabel ?? null,
    remoteAddress: attempt.remoteAddress ?? null,
    transactionId: attempt.transactionId ?? null,
    outcome: attempt.outcome,
    code: attempt.code ?? null,
    message: attempt.message ?? null,
    deviceId: attempt.deviceId ?? null,
    certificateId: attempt.certificateId ?? null,
    secretId: attempt.secretId ?? null,
    callerCertificateId: attempt.callerCertificateId ?? null,
    profile: attempt.profile === undefined ? null : { name: attempt.profile.name, version: attempt.profile.version },
    principal: attempt.principal ?? null,
    asked: showAsked(attempt),
    durationMicroseconds: attempt.durationMicroseconds,
  };
}

function showAsked({ asked, requestDer }: EnrollmentAttempt): AttemptSummary['asked'] {
  const found = asked ?? (requestDer && askedNames(requestDer));
  return found === undefined ? null : { ...found, subjectAltNames: [...found.subjectAltNames] };
}

export function showAttempt(attempt: EnrollmentAttempt): Attempt {
  return {
    ...showAttemptSummary(attempt),
    steps: attempt.steps.map(({ step, note, warning }) => ({ step, note, warning: warning ?? false })),
    request: attempt.requestDer === undefined ? null : toBase64(attempt.requestDer),
  };
}
