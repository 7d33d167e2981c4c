/** The first login: a one-time setup token against an API token. */
import { z } from 'zod';
import { roleNames } from '../roles.ts';
import { Timestamp } from './common.ts';

export const SetupBody = z.strictObject({
  token: z.string().min(1).max(256),
  name: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 letters, digits and . _ -')
    .optional()
    .meta({ description: 'What the principal shall be called; the answer says what it is called' }),
});

export const SetupAnswer = z
  .strictObject({
    name: z.string(),
    role: z.enum(roleNames),
    token: z.string().meta({ description: 'API token; shown this once, only its hash is kept' }),
    expiresAt: Timestamp.meta({ description: 'When the API token ends' }),
  })
  .meta({ id: 'SetupAnswer' });
export type SetupAnswer = z.infer<typeof SetupAnswer>;
