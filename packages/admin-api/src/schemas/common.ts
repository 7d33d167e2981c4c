/** Forms that many answers and parameters share. */
import { z } from 'zod';

/** RFC 3339, UTC. */
export const Timestamp = z.iso.datetime().meta({ description: 'RFC 3339, UTC' });

/** Lower-case hex. */
export const Hex = z.string().regex(/^(?:[0-9a-f]{2})+$/);

export const CursorQuery = {
  limit: z.coerce
    .number('must be a whole number from 1 to 500')
    .int('must be a whole number from 1 to 500')
    .min(1, 'must be a whole number from 1 to 500')
    .max(500, 'must be a whole number from 1 to 500')
    .default(50)
    .meta({ description: 'Items per page, 1 to 500' }),
  cursor: z.string().min(1).max(1024).optional().meta({ description: 'nextCursor of the page before' }),
};

/** `status=active,expired`: any of several values, separated by commas. */
export function commaList<const T extends readonly [string, ...string[]]>(values: T, description: string) {
  return z
    .string()
    .max(256)
    .default('')
    .transform((text) => (text === '' ? [] : text.split(',')))
    .pipe(z.array(z.enum(values)))
    .meta({ description: `${description}; several separated by commas: ${values.join(', ')}` });
}

/** A listing. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.strictObject({ items: z.array(item), nextCursor: z.string().nullable() });
}

/** An identifier in a path or a query: printable, short, without separators that mean something in a URL. */
export const Identifier = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:@+-]*$/, 'must be letters, digits and . _ : @ + - only, and not longer than 128');

/** The id of a device as the domain takes it: see `checkDeviceId`. */
export const DeviceId = z
  .string()
  .regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9._:@+-]{0,62}[A-Za-z0-9])?$/,
    'must be 1 to 64 letters, digits and . _ : @ + - with a letter or digit at both ends',
  );

export function timestamp(date: Date): string {
  return date.toISOString();
}

export function optionalTimestamp(date: Date | undefined): string | null {
  return date === undefined ? null : timestamp(date);
}
