/** The character string types: octets to text, with the alphabet of each type checked. */
import { Asn1Error } from './errors.ts';
import { tag, tagName } from './tag.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Octets that a type of one octet per character may hold. */
function alphabet(pattern: RegExp): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, octet) => (pattern.test(String.fromCharCode(octet)) ? 1 : 0));
}

const alphabets: Readonly<Partial<Record<number, Uint8Array>>> = {
  // X.680 §41.4
  [tag.printableString]: alphabet(/[A-Za-z0-9 '()+,./:=?-]/),
  [tag.numericString]: alphabet(/[0-9 ]/),
  [tag.visibleString]: alphabet(/[ -~]/),

  [tag.ia5String]: alphabet(/[\x00-\x7f]/),
  // T.61 in name, ISO 8859-1 in deeds: what certificates with TeletexString were written as.
  [tag.teletexString]: alphabet(/[^]/),
};

/** Throws Asn1Error when the octets between `start` and `end` are no such string. */
export function parseString(identifier: number, bytes: Uint8Array, start: number, end: number): string {
  if (identifier === tag.utf8String) return parseUtf8(bytes, start, end);
  const allowed = alphabets[identifier];
  if (allowed !== undefined) {
    let text = '';
    for (let at = start; at < end; at++) {
      const octet = bytes[at] ?? 0;
      if (allowed[octet] === 0) throw notAllowed(identifier, octet, at);
      text += String.fromCharCode(octet);
    }
    return text;
  }
  if (identifier === tag.bmpString) return parseWide(identifier, bytes, start, end, 2);
  if (identifier === tag.universalString) return parseWide(identifier, bytes, start, end, 4);
  throw new Asn1Error(`expected a character string, found ${tagName(identifier)}`, start);
}

function parseUtf8(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at++) {
    const octet = bytes[at] ?? 0;
    if (octet >= 0x80) return parseBeyondAscii(bytes, start, end);
    text += String.fromCharCode(octet);
  }
  return text;
}

function parseBeyondAscii(bytes: Uint8Array, start: number, end: number): string {
  try {
    return utf8.decode(bytes.subarray(start, end));
  } catch {
    throw new Asn1Error('a UTF8String is not valid UTF-8', start, 'character');
  }
}

/** BMPString is UCS-2 and UniversalString UCS-4, both big-endian; neither has surrogates. */
function parseWide(identifier: number, bytes: Uint8Array, start: number, end: number, width: 2 | 4): string {
  if ((end - start) % width !== 0)
    throw new Asn1Error(`a ${tagName(identifier)} is not a multiple of ${width} octets`, start, 'character');
  let text = '';
  for (let at = start; at < end; at += width) {
    let character = 0;
    for (let index = 0; index < width; index++) character = character * 256 + (bytes[at + index] ?? 0);
    if (character > 0x10ffff || (character >= 0xd800 && character <= 0xdfff))
      throw notAllowed(identifier, character, at);
    text += String.fromCodePoint(character);
  }
  return text;
}

function notAllowed(identifier: number, character: number, offset: number): Asn1Error {
  return new Asn1Error(
    `a ${tagName(identifier)} has the character 0x${character.toString(16).padStart(2, '0')}`,
    offset,
    'character',
  );
}

/** Content octets of a type with one octet per character. Throws RangeError on characters outside its alphabet. */
export function encodeString(identifier: number, text: string): Uint8Array {
  const allowed = alphabets[identifier];
  const content = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) {
    const octet = text.charCodeAt(index);
    if (allowed?.[octet] !== 1)
      throw new RangeError(`${tagName(identifier)} has no character ${JSON.stringify(text.charAt(index))}`);
    content[index] = octet;
  }
  return content;
}
