/** Octets as text, without trusting what the tag claims about them. */

/** One character per octet: right for ASCII forms, and never fails. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

export function isAscii(bytes: Uint8Array): boolean {
  for (const octet of bytes) if (octet > 0x7f) return false;
  return true;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of a UTF8String; undefined when the octets are no UTF-8 (RFC 3629 §3). */
export function utf8Text(bytes: Uint8Array): string | undefined {
  if (isAscii(bytes)) return latin1(bytes);
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Lower case hexadecimal, for messages. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** Unicode characters, not UTF-16 units: what the size of an ASN.1 character string counts. */
export function characterCount(text: string): number {
  let count = 0;
  for (const _character of text) count++;
  return count;
}
