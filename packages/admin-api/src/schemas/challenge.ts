/** What is taken for a password beside enrollment secrets, as the REST interface takes it. */
import { challengeKinds } from '@touchmark/ca';
import { z } from 'zod';
import { DeviceId } from './common.ts';
import { Endpoint } from './endpoint.ts';

export const SetChallengeBody = z.strictObject({
  kind: z.enum(challengeKinds),
  secret: z.string().max(4096).optional().meta({
    description:
      'The password of 16 characters or more (static), 32 to 64 octets in hex (derived, webhook), or the client secret of the app registration (intune). Without it one is made, but for intune',
  }),
  settings: z
    .record(z.string(), z.unknown())
    .default({})
    .meta({ description: 'Of this kind, see docs/challenges.md; no secrets' }),
});
export type SetChallengeBody = z.infer<typeof SetChallengeBody>;

export const ChangedChallenge = z
  .strictObject({
    endpoint: Endpoint,
    secret: z.string().nullable().meta({
      description:
        'The password (static) or key in hex (derived, webhook) that was made, shown this once; null when it was given',
    }),
  })
  .meta({ id: 'ChangedChallenge' });
export type ChangedChallenge = z.infer<typeof ChangedChallenge>;

export const ChallengeTest = z
  .strictObject({
    ok: z.boolean().meta({ description: 'Whether a challenge could be verified now' }),
    message: z.string().meta({ description: 'What was found, or what is in the way' }),
  })
  .meta({ id: 'ChallengeTest' });
export type ChallengeTest = z.infer<typeof ChallengeTest>;

export const DeriveChallengesBody = z.strictObject({
  deviceIds: z.array(DeviceId).min(1, 'name a device at least').max(1000, 'name 1000 devices at most in one request'),
});

export const DerivedChallenges = z
  .strictObject({ items: z.array(z.strictObject({ deviceId: z.string(), challenge: z.string() })) })
  .meta({ id: 'DerivedChallenges' });
export type DerivedChallenges = z.infer<typeof DerivedChallenges>;
