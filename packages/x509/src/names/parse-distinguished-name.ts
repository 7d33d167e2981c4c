/** Distinguished names as people write them (RFC 4514): the opposite of `formatName`. */
import { attributeTypes } from './attribute-type.ts';
import type { AttributeName } from './attribute-type.ts';
import { NameError } from './name-error.ts';
import type { NameAttribute } from './name.ts';

/** Descriptors and names of attributes, in lower case. */
const byName: ReadonlyMap<string, AttributeName> = new Map(
  (Object.keys(attributeTypes) as AttributeName[]).flatMap((name) => [
    [name.toLowerCase(), name] as const,
    [attributeTypes[name].descriptor.toLowerCase(), name] as const,
  ]),
);

/**
 * The attributes of `CN=Example Root CA,O=Example,C=DE` in the order in which they are encoded, which is the opposite: the
 * last one written comes first. Throws NameError for what is no such text, and for relative names of several attributes.
 */
export function parseDistinguishedName(text: string): NameAttribute[] {
  const parts = split(text);
  return parts.map((part) => parseAttribute(part, text)).reverse();
}

/** At commas that are not escaped. */
function split(text: string): string[] {
  const parts = text.match(/(?:\\.|[^\\,])+/gsu) ?? [];
  if (text === '' || parts.join(',') !== text)
    throw new NameError('name', text, 'it is empty, has a comma too many, or a lone backslash');
  return parts;
}

function parseAttribute(part: string, text: string): NameAttribute {
  const [, type = '', raw = ''] = /^\s*([A-Za-z]+)\s*=(.*)$/su.exec(part) ?? [];
  const attribute = byName.get(type.toLowerCase());
  if (attribute === undefined) {
    const known = Object.values(attributeTypes).map(({ descriptor }) => descriptor);
    throw new NameError('name', text, `${JSON.stringify(part)} is not ATTRIBUTE=value with one of ${known.join(', ')}`);
  }
  return { attribute, value: unescape(withoutBlanks(raw), text) };
}

/** Blanks around a value count only when they are escaped (RFC 4514 §2.4). */
function withoutBlanks(raw: string): string {
  const characters = raw.match(/\\.|[^\\]/gsu) ?? [];
  const first = characters.findIndex((character) => character !== ' ');
  const last = characters.findLastIndex((character) => character !== ' ');
  return first < 0 ? '' : characters.slice(first, last + 1).join('');
}

/** RFC 4514 §3: a backslash before a special character, or before the two hexadecimal digits of an octet of UTF-8. */
function unescape(raw: string, text: string): string {
  if (/(?<!\\)(?:\\\\)*[+";<>]/u.test(raw)) {
    throw new NameError('name', text, 'write a backslash before each of + " ; < > in a value');
  }
  return raw.replaceAll(/(?:\\[0-9A-Fa-f]{2})+|\\(.)/gsu, (escaped, character: string | undefined) => {
    if (character === undefined) return Buffer.from(escaped.replaceAll('\\', ''), 'hex').toString('utf8');
    if (!/[ "#+,;<=>\\]/u.test(character)) {
      throw new NameError('name', text, `${JSON.stringify(escaped)} escapes nothing that needs it`);
    }
    return character;
  });
}
