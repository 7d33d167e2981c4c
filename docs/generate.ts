/** Writes the pages of this folder, and parts of pages, that come from tables in the code; a test says when one is stale. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { profileJsonSchema } from '@touchmark/ca';
import { withChallengeSettings } from './challenge-settings.ts';
import { refusalsPage } from './refusals-page.ts';

writeFileSync(join(import.meta.dirname, 'refusals.md'), refusalsPage());
writeFileSync(
  join(import.meta.dirname, 'profile.schema.json'),
  `${JSON.stringify(profileJsonSchema(), undefined, 2)}\n`,
);

const challenges = join(import.meta.dirname, 'challenges.md');
writeFileSync(challenges, withChallengeSettings(readFileSync(challenges, 'utf8')));
