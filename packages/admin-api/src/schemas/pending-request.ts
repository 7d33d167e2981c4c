/** Requests that wait for an administrator as the REST interface shows them. */
import { toBase64, toHex } from '@touchmark/asn1';
import type { EnrollmentOutcome, PendingRequest as PendingRecord, PendingState } from '@touchmark/ca';
import { commonNameOf, formatName, parseCertificationRequest } from '@touchmark/x509';
import { z } from 'zod';
import { formatGeneralName } from './general-name.ts';
import { CursorQuery, Hex, Identifier, Timestamp, optionalTimestamp, timestamp } from './common.ts';

export const pendingStates = ['pending', 'approved', 'rejected'] as const satisfies readonly PendingState[];

const summaryFields = {
  id: z.string(),
  state: z.enum(pendingStates),
  protocol: z.enum(['est', 'scep']),
  operation: z.string(),
  endpointLabel: z.string(),
  deviceId: z.string().nullable(),
  subject: z.string().meta({ description: 'Of the request; what the certificate says is for the profile' }),
  commonName: z.string().nullable(),
  subjectAltNames: z
    .array(z.strictObject({ kind: z.string(), value: z.string() }))
    .meta({ description: 'That the request asks for' }),
  authority: z
    .string()
    .nullable()
    .meta({ description: 'Name of the one that would certify; null: the endpoint is gone' }),
  profile: z
    .strictObject({ name: z.string(), version: z.int() })
    .nullable()
    .meta({ description: 'By which it would be issued now; an approval is for this version' }),
  publicKeySha256: Hex.meta({
    description: 'SHA-256 of the SubjectPublicKeyInfo: compare it with what the device shows',
  }),
  transactionId: z.string().nullable(),
  authenticatedBy: z
    .enum(['secret', 'challenge', 'nothing'])
    .meta({ description: 'What the caller proved when it asked' }),
  remoteAddress: z.string(),
  attemptId: z.string(),
  requestedAt: Timestamp,
  expiresAt: Timestamp.meta({ description: 'After that it can no longer be approved' }),
  decidedAt: Timestamp.nullable(),
  decidedBy: z.string().nullable(),
  reason: z.string().nullable().meta({ description: 'Why it was rejected, as the device is told' }),
};

export type Binding = Pick<z.infer<z.ZodObject<typeof summaryFields>>, 'authority' | 'profile'>;

export const PendingRequestSummary = z.strictObject(summaryFields).meta({ id: 'PendingRequestSummary' });
export type PendingRequestSummary = z.infer<typeof PendingRequestSummary>;

export const PendingRequest = z
  .strictObject({
    ...summaryFields,
    request: z.string().meta({ description: 'PKCS #10, DER in base64; a challengePassword in it is blotted out' }),
  })
  .meta({ id: 'PendingRequest' });
export type PendingRequest = z.infer<typeof PendingRequest>;

export const ApprovedRequest = z
  .strictObject({
    ...summaryFields,
    outcome: z.enum(['issued', 'pending', 'refused']),
    outcomeAttemptId: z.string(),
    certificate: z.string().nullable().meta({ description: 'DER in base64; null unless issued' }),
    code: z.string().nullable().meta({ description: 'What refuses it; the approval stands' }),
    message: z.string().nullable(),
  })
  .meta({ id: 'ApprovedRequest' });
export type ApprovedRequest = z.infer<typeof ApprovedRequest>;

export const PendingRequestQuery = z.strictObject({
  state: z.enum([...pendingStates, 'all']).default('pending'),
  endpoint: Identifier.optional().meta({ description: 'Label' }),
  ...CursorQuery,
});

export const PendingRequestParams = z.strictObject({ id: Identifier });

export const RejectRequestBody = z.strictObject({
  reason: z
    .string()
    .trim()
    .min(1, 'say why, or leave it out')
    .max(200, 'use 200 characters at most')
    .regex(/^\P{Cc}*$/u, 'must be one line, without control characters')
    .optional()
    .meta({ description: 'Why; the device is told' }),
});

/** @param binding of the endpoint of the request, as it is now */
export function showPendingSummary(request: PendingRecord, binding: Binding): PendingRequestSummary {
  const { subject, requestedSubjectAltNames } = parseCertificationRequest(request.requestDer);
  return {
    id: request.id,
    state: request.state,
    protocol: request.protocol,
    operation: request.operation,
    endpointLabel: request.endpointLabel,
    deviceId: request.deviceId ?? null,
    subject: formatName(subject),
    commonName: commonNameOf(subject) ?? null,
    subjectAltNames: requestedSubjectAltNames.map(formatGeneralName),
    ...binding,
    publicKeySha256: toHex(request.publicKeySha256),
    transactionId: request.transactionId ?? null,
    authenticatedBy: request.caller.kind === 'anyone' ? 'nothing' : request.caller.kind,
    remoteAddress: request.remoteAddress,
    attemptId: request.attemptId,
    requestedAt: timestamp(request.requestedAt),
    expiresAt: timestamp(request.expiresAt),
    decidedAt: optionalTimestamp(request.decidedAt),
    decidedBy: request.decidedBy ?? null,
    reason: request.reason ?? null,
  };
}

export function showPendingRequest(request: PendingRecord, binding: Binding): PendingRequest {
  return { ...showPendingSummary(request, binding), request: toBase64(request.requestDer) };
}

export function showApproved(request: PendingRecord, outcome: EnrollmentOutcome, binding: Binding): ApprovedRequest {
  const refusal = outcome.kind === 'refused' ? outcome.error : undefined;
  return {
    ...showPendingSummary(request, binding),
    outcome: outcome.kind,
    outcomeAttemptId: outcome.attemptId,
    certificate: outcome.kind === 'issued' ? toBase64(outcome.certificateDer) : null,
    code: refusal?.code ?? null,
    message: refusal?.message ?? null,
  };
}
