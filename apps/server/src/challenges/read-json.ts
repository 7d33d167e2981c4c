/** JSON of somebody else, read as its schema says. */
import type { z } from 'zod';
import { OutgoingError } from './outgoing-http.ts';

/** @throws OutgoingError `answerUnreadable`, with the places that are wrong and none of the values */
export function readJson<T>(text: string, schema: z.ZodType<T>, host: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Without the cause: it quotes what was sent.
    throw new OutgoingError('answerUnreadable', `The answer of ${host} is no JSON.`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const places = result.error.issues.map(({ path, code }) => `${path.join('.') || 'the whole'} (${code})`);
  throw new OutgoingError('answerUnreadable', `The answer of ${host} is not as agreed: ${places.join(', ')}.`);
}
