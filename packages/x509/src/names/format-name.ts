/** Distinguished names as text (RFC 4514). */
import { DerReader, readWhole, tag, toHex } from '@touchmark/asn1';
import { descriptorOf } from './attribute-type.ts';
import type { Name } from './name.ts';

/** The last relative distinguished name first; the empty name is the empty text. */
export function formatName(name: Name): string {
  const sequence = readWhole(name.der);
  const rdns: string[] = [];
  while (!sequence.done) rdns.push(formatRdn(sequence.enter(tag.set)));
  return rdns.reverse().join(',');
}

function formatRdn(set: DerReader): string {
  const attributes: string[] = [];
  while (!set.done) attributes.push(formatAttribute(set.enter(tag.sequence)));
  return attributes.join('+');
}

function formatAttribute(attribute: DerReader): string {
  const oid = attribute.oid();
  const descriptor = descriptorOf(oid);
  const valueDer = attribute.element();
  // RFC 4514 §2.4: hexadecimal when the type is written as an OID or the value is no text.
  const text = descriptor === undefined ? undefined : textOf(valueDer);
  return `${descriptor ?? oid}=${text === undefined ? `#${toHex(valueDer)}` : escape(text)}`;
}

const textTypes: readonly (number | undefined)[] = [
  tag.utf8String,
  tag.printableString,
  tag.ia5String,
  tag.teletexString,
  tag.bmpString,
  tag.universalString,
  tag.visibleString,
  tag.numericString,
];

function textOf(valueDer: Uint8Array): string | undefined {
  return textTypes.includes(valueDer[0]) ? new DerReader(valueDer).string().value : undefined;
}

function escape(text: string): string {
  return (
    text
      .replaceAll(/["+,;<>\\]/g, '\\$&')
      // The end first: a lone blank is both, and escaped once.
      .replace(/ $/, '\\ ')
      .replace(/^[ #]/, '\\$&')
      // Any character may be written as its octets: what moves the cursor or turns the text around always is.
      .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) =>
        Array.from(Buffer.from(character, 'utf8'), (octet) => `\\${octet.toString(16).padStart(2, '0')}`).join(''),
      )
  );
}
