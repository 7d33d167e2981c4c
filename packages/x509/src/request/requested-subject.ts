/** The subject of what begins as a certification request, whatever is wrong with the rest. */
import { Asn1Error, DerReader, tag } from '@touchmark/asn1';
import { readName } from '../names/name.ts';
import type { Name } from '../names/name.ts';

const longestName = 16 * 1024;
const mostRdns = 64;

/**
 * For showing who asked; nothing is decided by it. Undefined where no subject can be read, and where it is larger than any
 * that is in use: nothing has looked over these bytes before.
 */
export function findRequestedSubject(der: Uint8Array): Name | undefined {
  try {
    const info = new DerReader(der).enter(tag.sequence).enter(tag.sequence);
    info.smallInteger();
    return isSmall(info.peekElement(tag.sequence)) ? readName(info) : undefined;
  } catch (error) {
    if (error instanceof Asn1Error) return undefined;
    throw error;
  }
}

function isSmall(nameDer: Uint8Array): boolean {
  if (nameDer.length > longestName) return false;
  const rdns = new DerReader(nameDer).enter(tag.sequence);
  for (let count = 0; !rdns.done; count++) {
    if (count === mostRdns) return false;
    rdns.element();
  }
  return true;
}
