/** Object identifiers as a profile writes them. */
import { der } from '@touchmark/asn1';
import { z } from 'zod';

function canBeEncoded(dotted: string): boolean {
  try {
    der.oid(dotted);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

export const ObjectIdentifier = z
  .string()
  .max(255)
  .regex(/^[0-2](?:\.[0-9]+)+$/, 'an object identifier is written with dots, such as 1.3.6.1.4.1.32473.1')
  .refine(canBeEncoded, {
    error: 'the first arcs of this object identifier do not exist, or an arc has leading zeros',
  });
