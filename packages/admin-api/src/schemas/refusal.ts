/** A row of the table of refusals, as the REST interface and `touchmark explain` show it. */
import { refusals } from '@touchmark/ca';
import type { CaErrorCode } from '@touchmark/ca';
import { z } from 'zod';
import { statusOfRefusal } from '../refusal-status.ts';

export const Refusal = z
  .strictObject({
    code: z.string(),
    category: z.string().meta({ description: 'What kind of trouble; decides the status' }),
    status: z.int().meta({ description: 'The HTTP status of this interface' }),
    meaning: z.string().meta({ description: 'What is wrong' }),
    why: z.string().meta({ description: 'Why that is refused' }),
    hint: z.string().meta({ description: 'How to mend it' }),
    citation: z.string().nullable().meta({ description: 'The document that has the rule' }),
  })
  .meta({ id: 'Refusal' });
export type Refusal = z.infer<typeof Refusal>;

export const RefusalParams = z.strictObject({ code: z.string().regex(/^[A-Za-z0-9]{1,64}$/) });

export function showRefusal(code: CaErrorCode): Refusal {
  const { category, meaning, why, hint, citation } = refusals[code];
  return { code, category, status: statusOfRefusal(code), meaning, why, hint, citation: citation ?? null };
}
