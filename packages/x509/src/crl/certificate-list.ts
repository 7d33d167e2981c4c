/** CertificateList, read and verified (RFC 5280 §5.1). */
import type { KeyObject } from 'node:crypto';
import { Asn1Error, DerReader, contextTag, equalBytes, rfc5280, tag } from '@touchmark/asn1';
import { parseCrlNumber } from '../extensions/crl-number.ts';
import { findExtension, readExplicitExtensions } from '../extensions/extension.ts';
import type { Extension } from '../extensions/extension.ts';
import { readName } from '../names/name.ts';
import type { Name } from '../names/name.ts';
import { parseSigned, readAlgorithmIdentifier, verifySigned } from '../signed.ts';
import type { Signed } from '../signed.ts';
import { readCrlEntry } from './crl-entry.ts';
import type { CrlEntry } from './crl-entry.ts';

export interface TbsCertList {
  readonly tbsCertListDer: Uint8Array;
  /** As on the wire: 0 is v1, 1 is v2. */
  readonly version: 0 | 1;
  /** The whole AlgorithmIdentifier. */
  readonly signatureAlgorithmDer: Uint8Array;
  readonly issuer: Name;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  /** The entries end to end, as they are. */
  readonly entriesDer: Uint8Array;
  readonly extensions: readonly Extension[];
  /** Undefined when the extension is missing. */
  readonly crlNumber: bigint | undefined;
  /** Entries are read as they are asked for: an iteration may throw Asn1Error. */
  entries(): Iterable<CrlEntry>;
  /** @param serialNumber content octets. Throws Asn1Error when an entry before it is malformed */
  find(serialNumber: Uint8Array): CrlEntry | undefined;
}

export interface CertificateList extends TbsCertList, Signed {}

/**
 * Throws Asn1Error for what is not one CRL in DER, and for one without nextUpdate, which RFC 5280 §5.1.2.5 demands: it
 * would stay current for ever.
 */
export function parseCertificateList(certificateListDer: Uint8Array): CertificateList {
  const { toBeSignedDer, toBeSigned, ...signed } = parseSigned(certificateListDer);
  const tbsCertList = readTbsCertList(toBeSignedDer, toBeSigned);
  // RFC 5280 §5.1.1.2; one of the two is not covered by the signature.
  if (!equalBytes(tbsCertList.signatureAlgorithmDer, signed.signatureAlgorithmDer)) {
    throw new Asn1Error('the two signature algorithms of the CRL differ (RFC 5280 §5.1.1.2)');
  }
  return { ...tbsCertList, ...signed };
}

/** Throws Asn1Error. */
export function parseTbsCertList(tbsCertListDer: Uint8Array): TbsCertList {
  const reader = new DerReader(tbsCertListDer);
  const tbsCertList = reader.enter(tag.sequence);
  reader.end();
  return readTbsCertList(tbsCertListDer, tbsCertList);
}

function readTbsCertList(tbsCertListDer: Uint8Array, reader: DerReader): TbsCertList {
  const version = readVersion(reader);
  const signatureAlgorithmDer = readAlgorithmIdentifier(reader);
  const issuer = readName(reader);
  const thisUpdate = reader.time();
  if (reader.peek() !== tag.utcTime && reader.peek() !== tag.generalizedTime) {
    throw reader.error('the CRL has no nextUpdate (RFC 5280 §5.1.2.5)');
  }
  const nextUpdate = reader.time();
  const entriesDer = readEntries(reader, version);
  const explicit = version === 1 ? reader.optionalEnter(contextTag(0, true)) : undefined;
  reader.end();
  const extensions = explicit === undefined ? [] : readExplicitExtensions(explicit);
  const crlNumber = findExtension({ extensions }, rfc5280['id-ce-cRLNumber']);
  return {
    tbsCertListDer,
    version,
    signatureAlgorithmDer,
    issuer,
    thisUpdate,
    nextUpdate,
    entriesDer,
    extensions,
    crlNumber: crlNumber && parseCrlNumber(crlNumber.value),
    entries: () => readAll(entriesDer),
    find: (serialNumber) => findEntry(entriesDer, serialNumber),
  };
}

function readVersion(reader: DerReader): 0 | 1 {
  if (reader.peek() !== tag.integer) return 0;
  const { offset } = reader;
  const version = reader.smallInteger();
  if (version !== 1)
    throw reader.error(`there is no CRL version ${version} that is written (RFC 5280 §5.1.2.1)`, offset);
  return version;
}

function readEntries(reader: DerReader, version: 0 | 1): Uint8Array {
  if (reader.peek() !== tag.sequence) return new Uint8Array();
  const { offset } = reader;
  const entriesDer = reader.content(tag.sequence);
  // Version 1 lists of others are known to have it empty.
  if (entriesDer.length === 0 && version === 1) {
    throw reader.error('revokedCertificates is an empty SEQUENCE (RFC 5280 §5.1.2.6)', offset);
  }
  return entriesDer;
}

function* readAll(entriesDer: Uint8Array): Generator<CrlEntry> {
  const list = new DerReader(entriesDer);
  while (!list.done) yield readCrlEntry(list);
}

function findEntry(entriesDer: Uint8Array, serialNumber: Uint8Array): CrlEntry | undefined {
  const list = new DerReader(entriesDer);
  while (!list.done) {
    const { offset } = list;
    if (equalBytes(list.enter(tag.sequence).integerBytes(), serialNumber)) {
      return readCrlEntry(new DerReader(entriesDer, offset));
    }
  }
  return undefined;
}

/** False as well when the algorithm is unknown or does not fit the key. Names and times are not looked at. */
export function verifyCrlSignature(crl: CertificateList, issuerPublicKey: KeyObject): boolean {
  return verifySigned(crl.tbsCertListDer, crl, issuerPublicKey);
}
