/** TBSCertList, written in two parts with the entries streamed between them (RFC 5280 §5.1.2). */
import { concatBytes, der, tag } from '@touchmark/asn1';

export interface TbsCertListFields {
  /** The whole AlgorithmIdentifier. */
  readonly signatureAlgorithmDer: Uint8Array;
  readonly issuerDer: Uint8Array;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  /** Whole extensions; authorityKeyIdentifier and cRLNumber at least (RFC 5280 §5.2). */
  readonly extensionsDer: readonly Uint8Array[];
}

const version2 = der.integer(1);

/** head ‖ entries ‖ tail is the TBSCertList, if the entries are exactly as long as announced. */
export function encodeTbsCertListParts({
  signatureAlgorithmDer,
  issuerDer,
  thisUpdate,
  nextUpdate,
  extensionsDer,
  entriesByteLength,
}: TbsCertListFields & { readonly entriesByteLength: number }): { head: Uint8Array; tail: Uint8Array } {
  if (extensionsDer.length === 0) throw new RangeError('a version 2 CRL has a CRL number at least (RFC 5280 §5.2.3)');
  const before = [version2, signatureAlgorithmDer, issuerDer, der.time(thisUpdate), der.time(nextUpdate)];
  // RFC 5280 §5.1.2.6: absent when nothing is revoked.
  if (entriesByteLength > 0) before.push(Uint8Array.of(tag.sequence), der.length(entriesByteLength));
  const beforeEntries = concatBytes(...before);
  const tail = der.explicit(0, der.sequence(...extensionsDer));
  const length = beforeEntries.length + entriesByteLength + tail.length;
  return { head: concatBytes(Uint8Array.of(tag.sequence), der.length(length), beforeEntries), tail };
}

/** @param entriesDer entries end to end, in any order; each serial number once */
export function encodeTbsCertList(fields: TbsCertListFields & { readonly entriesDer: Uint8Array }): Uint8Array {
  const { entriesDer } = fields;
  const { head, tail } = encodeTbsCertListParts({ ...fields, entriesByteLength: entriesDer.length });
  return concatBytes(head, entriesDer, tail);
}
