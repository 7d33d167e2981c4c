/** The settings of an endpoint as they are stored, read strictly. */
import { z } from 'zod';
import { challengeKinds } from './model.ts';
import type { EnrollmentEndpoint } from './model.ts';

/** Of an endpoint that takes enrollment secrets and certificates, and asks nobody. */
export const plainEndpoint = {
  challenge: undefined,
  approval: 'automatic',
  acceptsAnyone: false,
  protocolSettings: {},
} as const satisfies Partial<EnrollmentEndpoint>;

/** What one party alone reads, who checks it with a schema of its own. */
export const PrivateSettings = z.record(z.string(), z.unknown());
export const StoredChallenge = z.strictObject({ kind: z.enum(challengeKinds), settings: PrivateSettings });
export const EndpointApproval = z.enum(['automatic', 'manual']);
