/** Published CRLs as the REST interface shows them. */
import type { PublishedCrl } from '@touchmark/ca';
import { z } from 'zod';
import { Identifier, Timestamp, timestamp } from './common.ts';

export const Crl = z
  .strictObject({
    authorityId: z.string(),
    authority: z.string().meta({ description: 'Name, as in the public path /pki/{authority}.crl' }),
    shard: z.int(),
    number: z.string().meta({ description: 'cRLNumber, decimal; up to 20 octets' }),
    thisUpdate: Timestamp,
    nextUpdate: Timestamp,
    current: z.boolean().meta({ description: 'Whether nextUpdate is still ahead' }),
    entryCount: z.int(),
  })
  .meta({ id: 'Crl' });
export type Crl = z.infer<typeof Crl>;

export const CrlQuery = z.strictObject({ authority: Identifier.optional().meta({ description: 'Id or name' }) });

export const RequestCrlBody = z.strictObject({ authority: Identifier.meta({ description: 'Id or name' }) });

export const RequestedCrl = z
  .strictObject({ authorityId: z.string(), authority: z.string(), shards: z.int(), requestedAt: Timestamp })
  .meta({ id: 'RequestedCrl' });
export type RequestedCrl = z.infer<typeof RequestedCrl>;

export function showCrl(crl: Omit<PublishedCrl, 'crlDer'>, authorityName: string, now: Date): Crl {
  return {
    authorityId: crl.authorityId,
    authority: authorityName,
    shard: crl.shard,
    number: crl.number.toString(),
    thisUpdate: timestamp(crl.thisUpdate),
    nextUpdate: timestamp(crl.nextUpdate),
    current: now < crl.nextUpdate,
    entryCount: crl.entryCount,
  };
}
