/**
 * What every message is wrapped in (RFC 5652 §3).
 *
 *     ContentInfo ::= SEQUENCE {
 *       contentType ContentType,
 *       content [0] EXPLICIT ANY DEFINED BY contentType }
 */
import { berToDer, contextTag, der, oidName, readWhole, tag } from '@touchmark/asn1';
import type { DerReader, PrescanLimits } from '@touchmark/asn1';

/** What is inside, as a reader. Clients send BER, hence the conversion; throws Asn1Error. */
export function openContentInfo(contentInfo: Uint8Array, contentType: string, limits?: PrescanLimits): DerReader {
  const reader = readWhole(berToDer(contentInfo, limits));
  const { offset } = reader;
  const oid = reader.oid();
  if (oid !== contentType) {
    throw reader.error(
      `the content is ${oidName(oid) ?? oid} instead of ${oidName(contentType) ?? contentType}`,
      offset,
    );
  }
  const explicit = reader.enter(contextTag(0, true));
  reader.end();
  const content = explicit.enter(tag.sequence);
  explicit.end();
  return content;
}

export function encodeContentInfo(contentType: string, content: Uint8Array): Uint8Array {
  return der.sequence(der.oid(contentType), der.explicit(0, content));
}
