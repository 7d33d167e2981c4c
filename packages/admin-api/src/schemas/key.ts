/** Private keys as the REST interface shows them: never the keys themselves. */
import { z } from 'zod';
import type { KeyRecord, RewrapRequest } from '../ports.ts';

export const Key = z
  .strictObject({
    id: z.string().meta({ description: 'What an authority names it by' }),
    store: z.enum(['software', 'pkcs11']),
    location: z.string().nullable().meta({ description: 'pkcs11: URI (RFC 7512) of a key in a token' }),
    keyAlgorithm: z.string().nullable().meta({
      description:
        '"secret": no key pair, but the key of a challenge (challenge:LABEL); null while a key is not available',
    }),
    authorities: z
      .array(z.string())
      .meta({ description: 'Names of the authorities whose key it is, or of whose OCSP responder' }),
    scryptCost: z.int().nullable().meta({ description: 'N of scrypt, of a sealed key' }),
    available: z.boolean().meta({ description: 'Whether it could sign, or be read, when it was asked just now' }),
    message: z.string().nullable().meta({ description: 'When not available: why, and how to mend it' }),
  })
  .meta({ id: 'Key' });
export type Key = z.infer<typeof Key>;

/** The bounds within which a sealed key is opened again. */
const scryptCosts = [131_072, 262_144, 524_288, 1_048_576] as const;

export const RewrapBody = z
  .strictObject({
    passphrase: z.enum(['given', 'generated', 'kept']).meta({
      description: 'generated: made by the node and kept in its home; kept: the present one, with a new salt and cost',
    }),
    newPassphrase: z
      .string()
      .min(12, 'use at least 12 characters')
      .max(1024)
      .optional()
      .meta({ description: 'With "given", and only then' }),
    scryptCost: z.literal(scryptCosts).default(scryptCosts[0]).meta({ description: 'N of scrypt' }),
  })
  .refine((body) => (body.passphrase === 'given') === (body.newPassphrase !== undefined), {
    path: ['newPassphrase'],
    message: 'must be there with "passphrase": "given", and only then',
  });
export type RewrapBody = z.infer<typeof RewrapBody>;

export const RewrappedKeys = z
  .strictObject({
    keys: z.int().meta({ description: 'How many were sealed anew' }),
    keptInHome: z.boolean().meta({
      description: 'Whether the node has stored the passphrase itself; otherwise its configuration must be changed',
    }),
  })
  .meta({ id: 'RewrappedKeys' });
export type RewrappedKeys = z.infer<typeof RewrappedKeys>;

export function showKey(record: KeyRecord): Key {
  const { location, keyAlgorithm, scryptCost, message } = record;
  return {
    ...record,
    authorities: [...record.authorities],
    location: location ?? null,
    keyAlgorithm: keyAlgorithm ?? null,
    scryptCost: scryptCost ?? null,
    message: message ?? null,
  };
}

export function rewrapRequest({ passphrase, newPassphrase, scryptCost }: RewrapBody): RewrapRequest {
  return {
    passphrase: passphrase === 'given' ? { kind: passphrase, value: newPassphrase ?? '' } : { kind: passphrase },
    scryptCost,
  };
}
