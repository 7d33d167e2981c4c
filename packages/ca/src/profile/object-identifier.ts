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

export const ObjectIdentifier = z.string().max(255).refine(canBeEncoded, {
  error: 'an object identifier is written with dots and without leading zeros, such as 1.3.6.1.4.1.32473.1',
});
