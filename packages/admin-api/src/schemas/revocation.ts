/** Revocations as the REST interface takes and answers them. */
import { authorityRevocationReasons, revocationReasons } from '@touchmark/ca';
import type { RevocationOutcome, SightingOutcome } from '@touchmark/ca';
import { z } from 'zod';
import { requestProblem } from '../problem.ts';
import { Certificate, showCertificate } from './certificate.ts';
import { Identifier, Timestamp, timestamp } from './common.ts';

export const RevokedAnswer = z
  .strictObject({
    ...Certificate.shape,
    changed: z.boolean().meta({ description: 'False when it was so before: what is on record stands' }),
  })
  .meta({ id: 'RevokedAnswer' });
export type RevokedAnswer = z.infer<typeof RevokedAnswer>;

export const invalidityDate = z.iso
  .datetime('must be RFC 3339 in UTC, e.g. 2026-01-31T12:00:00Z')
  .transform((text) => new Date(text))
  .refine((date) => date.getUTCFullYear() >= 1950, 'must not be before 1950')
  .optional()
  .meta({ description: 'Since when the key is suspect (RFC 5280 §5.3.2): not before 1950, not in the future' });

export const RevokeBody = z.strictObject({ reason: z.enum(revocationReasons), invalidityDate });

export const RevokeAuthorityBody = z.strictObject({
  reason: z.enum(authorityRevocationReasons),
  invalidityDate,
  confirm: Identifier.meta({
    description: 'The name of the authority once more: what it issued is worth nothing after',
  }),
});

export const Seen = z
  .strictObject({
    certificateId: z.string(),
    at: Timestamp.meta({ description: 'When it was first seen in use' }),
    reportedBy: z.string().meta({ description: '`est`, or the principal that reported it' }),
    changed: z.boolean().meta({ description: 'False when it had been seen before' }),
  })
  .meta({ id: 'Seen' });
export type Seen = z.infer<typeof Seen>;

export function showSeen({ sighting, changed }: SightingOutcome): Seen {
  const { certificateId, at, reportedBy } = sighting;
  return { certificateId, at: timestamp(at), reportedBy, changed };
}

/** What the schema cannot say: it knows no clock. Throws a 400 like the schema's. */
export function checkInvalidityDate(date: Date | undefined, now: Date): void {
  if (date === undefined || date <= now) return;
  const detail = '"invalidityDate": must not be in the future.';
  throw requestProblem(400, 'requestInvalid', detail, { errors: [{ pointer: '#/invalidityDate', detail }] });
}

export function showOutcome({ certificate, changed }: RevocationOutcome, now: Date): RevokedAnswer {
  return { ...showCertificate(certificate, now), changed };
}
