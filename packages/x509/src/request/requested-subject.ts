/** The subject of what begins as a certification request, whatever is wrong with the rest. */
import { Asn1Error, DerReader, tag } from '@touchmark/asn1';
import { readName } from '../names/name.ts';
import type { Name } from '../names/name.ts';

/** For showing who asked; nothing is decided by it. Undefined where no subject can be read. */
export function findRequestedSubject(der: Uint8Array): Name | undefined {
  try {
    const info = new DerReader(der).enter(tag.sequence).enter(tag.sequence);
    info.smallInteger();
    return readName(info);
  } catch (error) {
    if (error instanceof Asn1Error) return undefined;
    throw error;
  }
}
