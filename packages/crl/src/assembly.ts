/** Puts a CRL together in one buffer, so that a list of a million entries is in memory twice at most, and briefly. */
import { concatBytes, der, DerReader, tag } from '@touchmark/asn1';
import { CaError } from '@touchmark/ca';
import { sha256 } from '@touchmark/crypto';
import type { Signer } from '@touchmark/crypto';
import { encodeTbsCertListParts, extension } from '@touchmark/x509';

export interface CertListFields {
  readonly signatureAlgorithmDer: Uint8Array;
  readonly issuerDer: Uint8Array;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  readonly authorityKeyIdentifier: Uint8Array;
  readonly crlNumber: bigint;
  /** Names for the issuingDistributionPoint; none: no such extension. */
  readonly distributionPointUrls: readonly string[];
}

/** Encoded revokedCertificates entries (RFC 5280 §5.1.2.6) in pieces; emptied by `assembleTbsCertList`. */
export interface CollectedEntries {
  chunks: Uint8Array[];
  byteLength: number;
  count: number;
}

/** A TBSCertList with room before and behind it for what makes it a CertificateList. */
export interface UnsignedCrl {
  readonly tbsCertListDer: Uint8Array;
  readonly tbsSha256: Uint8Array;
  readonly buffer: Uint8Array;
  readonly signatureAlgorithmDer: Uint8Array;
}

/** Tag and up to five length octets of the outer SEQUENCE. */
const headRoom = 6;
/** Algorithm identifier and the largest signature (ML-DSA-87: 4 627 octets). */
const tailRoom = 8192;

export async function collectEntries(
  entries: AsyncIterable<{ readonly entriesDer: Uint8Array; readonly count: number }>,
): Promise<CollectedEntries> {
  const collected: CollectedEntries = { chunks: [], byteLength: 0, count: 0 };
  for await (const { entriesDer, count } of entries) {
    // An entry that is lost on the way would be a revoked device that is let in.
    if (countElements(entriesDer) !== count) {
      throw new CaError(
        'internal',
        `The registry gave ${entriesDer.length} octets for ${count} CRL entries: the CRL is not signed.`,
      );
    }
    collected.chunks.push(entriesDer);
    collected.byteLength += entriesDer.length;
    collected.count += count;
  }
  return collected;
}

function countElements(entriesDer: Uint8Array): number {
  const reader = new DerReader(entriesDer);
  let count = 0;
  for (; !reader.done; count++) reader.element(tag.sequence);
  return count;
}

export function assembleTbsCertList(fields: CertListFields, entries: CollectedEntries): UnsignedCrl {
  const { head, tail } = encodeTbsCertListParts({
    signatureAlgorithmDer: fields.signatureAlgorithmDer,
    issuerDer: fields.issuerDer,
    thisUpdate: fields.thisUpdate,
    nextUpdate: fields.nextUpdate,
    extensionsDer: extensionsOf(fields),
    entriesByteLength: entries.byteLength,
  });
  const length = head.length + entries.byteLength + tail.length;
  const buffer = new Uint8Array(headRoom + length + tailRoom);
  let offset = headRoom;
  const append = (bytes: Uint8Array): void => {
    buffer.set(bytes, offset);
    offset += bytes.length;
  };
  append(head);
  for (const chunk of entries.chunks) append(chunk);
  entries.chunks = [];
  append(tail);
  const tbsCertListDer = buffer.subarray(headRoom, offset);
  const { signatureAlgorithmDer } = fields;
  return { tbsCertListDer, tbsSha256: sha256(tbsCertListDer), buffer, signatureAlgorithmDer };
}

function extensionsOf(fields: CertListFields): Uint8Array[] {
  return [
    extension.authorityKeyIdentifier(fields.authorityKeyIdentifier),
    extension.crlNumber(fields.crlNumber),
    ...(fields.distributionPointUrls.length > 0
      ? [extension.issuingDistributionPoint({ urls: [...fields.distributionPointUrls] })]
      : []),
  ];
}

/** Signs exactly the bytes of `unsigned` and returns the CertificateList in the same buffer. */
export async function signCertList(
  unsigned: UnsignedCrl,
  signer: Signer,
): Promise<{ readonly crlDer: Uint8Array; readonly signature: Uint8Array }> {
  const { buffer, tbsCertListDer } = unsigned;
  const signature = await signer.sign(tbsCertListDer);
  const behind = concatBytes(unsigned.signatureAlgorithmDer, der.bitString(signature));
  const header = concatBytes(Uint8Array.of(0x30), der.length(tbsCertListDer.length + behind.length));
  const end = headRoom + tbsCertListDer.length;
  buffer.set(behind, end);
  buffer.set(header, headRoom - header.length);
  return { crlDer: buffer.subarray(headRoom - header.length, end + behind.length), signature };
}
