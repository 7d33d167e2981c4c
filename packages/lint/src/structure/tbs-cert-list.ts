/** TBSCertList of RFC 5280 §5.1, taken apart for the lints; its entries are read one by one when asked for. */
import { readWhole, tag, type DerReader } from '@touchmark/asn1';
import { readAlgorithmIdentifier, type AlgorithmIdentifier } from './algorithm-identifier.ts';
import { readExtensions, type Extensions } from './extensions.ts';
import { alternativeNamesOf, directoryNamesOf, type GeneralName } from './general-name.ts';
import { extensionId } from './identifiers.ts';
import { readName, type Name } from './name.ts';
import { isTimeNext, readTime, type Time } from './time.ts';

export interface TbsCertList {
  /** v2 is 1; undefined when the field is absent. */
  readonly version: number | undefined;
  readonly signature: AlgorithmIdentifier;
  readonly issuer: Name;
  readonly thisUpdate: Time;
  readonly nextUpdate: Time | undefined;
  /** Content of the revokedCertificates SEQUENCE; undefined when the field is absent. */
  readonly revokedCertificates: Uint8Array | undefined;
  readonly extensions: Extensions;
  readonly isDelta: boolean;
  readonly names: readonly Name[];
  readonly times: readonly Time[];
  /** Of issuerAltName. */
  readonly alternativeNames: readonly GeneralName[];
}

/** What the list says about all its entries. */
export interface ListOfEntry {
  readonly isInDelta: boolean;
  readonly isInIndirect: boolean;
}

/** One element of revokedCertificates, in its list. */
export interface CrlEntryInList extends ListOfEntry {
  /** Content octets of the INTEGER. */
  readonly userCertificate: Uint8Array;
  /** revocationDate */
  readonly times: readonly Time[];
  readonly extensions: Extensions;
}

/** Throws Asn1Error when the bytes are no DER TBSCertList. */
export function parseTbsCertList(der: Uint8Array): TbsCertList {
  const fields = readWhole(der);
  const version = fields.peek() === tag.integer ? fields.smallInteger() : undefined;
  const signature = readAlgorithmIdentifier(fields);
  const issuer = readName(fields, 'issuer');
  const thisUpdate = readTime(fields, 'thisUpdate');
  const nextUpdate = isTimeNext(fields) ? readTime(fields, 'nextUpdate') : undefined;
  const revokedCertificates = fields.peek() === tag.sequence ? fields.content(tag.sequence) : undefined;
  const wrapper = fields.optionalEnter(0xa0);
  fields.end();
  const extensions = readExtensions(wrapper?.enter(tag.sequence));
  wrapper?.end();
  const alternativeNames = alternativeNamesOf(extensions);
  return {
    version,
    signature,
    issuer,
    thisUpdate,
    nextUpdate,
    revokedCertificates,
    extensions,
    isDelta: extensions.find(extensionId.deltaCRLIndicator) !== undefined,
    names: [issuer, ...directoryNamesOf(alternativeNames)],
    times: nextUpdate === undefined ? [thisUpdate] : [thisUpdate, nextUpdate],
    alternativeNames,
  };
}

/** Throws Asn1Error. */
export function readCrlEntry(reader: DerReader, list: ListOfEntry): CrlEntryInList {
  const fields = reader.enter(tag.sequence);
  const userCertificate = fields.integerBytes();
  const times = [readTime(fields, 'revocationDate')];
  const extensions = readExtensions(fields.optionalEnter(tag.sequence));
  fields.end();
  return { userCertificate, times, extensions, ...list };
}
