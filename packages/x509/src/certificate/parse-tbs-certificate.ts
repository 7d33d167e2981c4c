/** TBSCertificate, read (RFC 5280 §4.1). */
import { DerReader, contextTag, tag, toHex } from '@touchmark/asn1';
import type { Extension } from '../extensions/extension.ts';
import { readExplicitExtensions } from '../extensions/extension.ts';
import { readName } from '../names/name.ts';
import type { Name } from '../names/name.ts';
import { readAlgorithmIdentifier, readSubjectPublicKeyInfo } from '../signed.ts';

export interface TbsCertificate {
  readonly tbsCertificateDer: Uint8Array;
  /** As on the wire: 0 is v1, 1 is v2, 2 is v3. */
  readonly version: 0 | 1 | 2;
  /** Content octets of the INTEGER. */
  readonly serialNumber: Uint8Array;
  /** Lower case; a leading 00 of the content octets is kept. */
  readonly serialNumberHex: string;
  /** The whole AlgorithmIdentifier. */
  readonly signatureAlgorithmDer: Uint8Array;
  readonly issuer: Name;
  readonly notBefore: Date;
  /** Inclusive. */
  readonly notAfter: Date;
  readonly subject: Name;
  readonly subjectPublicKeyInfoDer: Uint8Array;
  readonly extensions: readonly Extension[];
}

/** Throws Asn1Error. */
export function parseTbsCertificate(tbsCertificateDer: Uint8Array): TbsCertificate {
  const reader = new DerReader(tbsCertificateDer);
  const tbsCertificate = reader.enter(tag.sequence);
  reader.end();
  return readTbsCertificate(tbsCertificateDer, tbsCertificate);
}

/** @param reader of what is inside the SEQUENCE */
export function readTbsCertificate(tbsCertificateDer: Uint8Array, reader: DerReader): TbsCertificate {
  const version = readVersion(reader);
  const serialNumber = reader.integerBytes();
  const signatureAlgorithmDer = readAlgorithmIdentifier(reader);
  const issuer = readName(reader);
  const validity = reader.enter(tag.sequence);
  const notBefore = validity.time();
  const notAfter = validity.time();
  validity.end();
  const subject = readName(reader);
  const subjectPublicKeyInfoDer = readSubjectPublicKeyInfo(reader);
  const extensions = readRest(reader, version);
  return {
    tbsCertificateDer,
    version,
    serialNumber,
    serialNumberHex: toHex(serialNumber),
    signatureAlgorithmDer,
    issuer,
    notBefore,
    notAfter,
    subject,
    subjectPublicKeyInfoDer,
    extensions,
  };
}

function readVersion(reader: DerReader): 0 | 1 | 2 {
  const { offset } = reader;
  const explicit = reader.optionalEnter(contextTag(0, true));
  if (explicit === undefined) return 0;
  const version = explicit.smallInteger();
  explicit.end();
  if (version === 0) throw reader.error('version is written although it is v1 (X.690 §11.5)', offset);
  if (version !== 1 && version !== 2) throw reader.error(`there is no certificate version ${version}`, offset);
  return version;
}

/** What version 2 and version 3 added. */
function readRest(reader: DerReader, version: 0 | 1 | 2): Extension[] {
  if (version >= 1) {
    // issuerUniqueID and subjectUniqueID are BIT STRINGs that nobody uses.
    for (const number of [1, 2]) {
      const identifier = contextTag(number, false);
      if (reader.peek() === identifier) reader.bitString(identifier);
    }
  }
  const explicit = version === 2 ? reader.optionalEnter(contextTag(3, true)) : undefined;
  reader.end();
  return explicit === undefined ? [] : readExplicitExtensions(explicit);
}
