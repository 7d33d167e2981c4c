/** The language of profiles as a JSON Schema, for editors and other programs. */
import { z } from 'zod';
import { ProfileRulesDocument } from '../profile.ts';

/** JSON Schema 2020-12 of a profile as it is written; what the parts must agree on besides, no schema can say. */
export function profileJsonSchema(): Readonly<Record<string, unknown>> {
  return {
    ...z.toJSONSchema(ProfileRulesDocument, { io: 'input', target: 'draft-2020-12' }),
    $id: 'urn:x-touchmark:schema:profile',
    title: 'Touchmark profile',
    description: 'The rules of a kind of certificate.',
  };
}
