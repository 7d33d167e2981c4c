/** Writes the pages of this folder that come from tables in the code; a test says when one is stale. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { refusalsPage } from './refusals-page.ts';

writeFileSync(join(import.meta.dirname, 'refusals.md'), refusalsPage());
