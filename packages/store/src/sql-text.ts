/** Pieces of SQL that several statements share. */

/**
 * True once all rows of that member of the WITH are there. What PostgreSQL does in which order is its own choice, except where
 * one thing needs another: locks are taken in order by needing what comes before.
 */
export function after(member: string): string {
  return `(SELECT count(*) FROM ${member}) >= 0`;
}

/**
 * As of the statement, and without a lock: one that all issuances share would keep whoever retires the authority waiting for
 * as long as there is always another one.
 */
export function authorityInUse(id: string): string {
  return `EXISTS (SELECT FROM authority AS issuer WHERE issuer.id = ${id} AND issuer.state = 'active')`;
}

/** Of the octets of a digest, how many its index has: they fill whole words of it. Unique ones need more. */
const indexedOctets = { found: 7, unique: 15 };

/** Through the index over the first octets of the digest. @param digests a parameter with whole ones */
export function byDigest(digest: string, digests: string, index: keyof typeof indexedOctets = 'found'): string {
  const prefix = (of: string): string => `substring(${of} FROM 1 FOR ${indexedOctets[index]})`;
  return `${prefix(digest)} = ANY(ARRAY(SELECT ${prefix('wanted')} FROM unnest(${digests}) AS wanted))
    AND ${digest} = ANY(${digests})`;
}

/** The same for one digest among the rows of a nested loop. */
export function sameDigest(digest: string, wanted: string, index: keyof typeof indexedOctets = 'found'): string {
  const prefix = (of: string): string => `substring(${of} FROM 1 FOR ${indexedOctets[index]})`;
  return `${prefix(digest)} = ${prefix(wanted)} AND ${digest} = ${wanted}`;
}
