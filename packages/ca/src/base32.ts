/** Base32 of RFC 4648 §6 in lower case and without padding: what people read out and type. */

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/** Of a multiple of five octets. */
export function base32(bytes: Uint8Array): string {
  let text = '';
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet.charAt((buffer >> bits) & 31);
    }
    buffer &= (1 << bits) - 1;
  }
  return text;
}
