/** Profiles as the REST interface shows them. */
import type { Profile as ProfileRecord } from '@touchmark/ca';
import { z } from 'zod';
import { Identifier } from './common.ts';

/** The rules are the domain's own schema; here only that they are an object, so that this stays the one place less to change. */
export const Profile = z
  .strictObject({
    name: z.string(),
    version: z.int(),
    rules: z.record(z.string(), z.unknown()).meta({ description: 'The rules of the profile, as `config` writes them' }),
  })
  .meta({ id: 'Profile' });
export type Profile = z.infer<typeof Profile>;

export const ProfileParams = z.strictObject({ name: Identifier });

export function showProfile(profile: ProfileRecord): Profile {
  return { name: profile.name, version: profile.version, rules: { ...profile.rules } };
}
