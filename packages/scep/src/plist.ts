/** Property lists of Apple in XML, as configuration profiles are written. */
import { toBase64 } from '@touchmark/asn1';

export type PlistValue =
  string | number | boolean | Uint8Array | readonly PlistValue[] | { readonly [key: string]: PlistValue | undefined };

/** Keys whose value is undefined are left out. Throws RangeError for numbers and characters that XML cannot carry. */
export function encodePlist(value: PlistValue): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0">',
    ...lines(value),
    '</plist>',
    '',
  ].join('\n');
}

function lines(value: PlistValue): string[] {
  if (typeof value === 'string') return [`<string>${escapeXml(value)}</string>`];
  if (typeof value === 'boolean') return [value ? '<true/>' : '<false/>'];
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new RangeError('A number of a property list must be an integer.');
    return [`<integer>${value}</integer>`];
  }
  if (value instanceof Uint8Array) return [`<data>${toBase64(value)}</data>`];
  if (isArray(value)) return ['<array>', ...value.flatMap(lines).map(indent), '</array>'];
  const entries = Object.entries(value).flatMap(([key, entry]) =>
    entry === undefined ? [] : [`<key>${escapeXml(key)}</key>`, ...lines(entry)],
  );
  return ['<dict>', ...entries.map(indent), '</dict>'];
}

function isArray(value: PlistValue): value is readonly PlistValue[] {
  return Array.isArray(value);
}

function indent(line: string): string {
  return `  ${line}`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** XML 1.0 §2.2 has no other control characters than these three, not even as references. */
function escapeXml(text: string): string {
  if (!text.isWellFormed() || /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(text)) {
    throw new RangeError('A text of a property list has characters that XML cannot carry.');
  }
  return text.replaceAll(/[&<>"]/g, (character) => entities[character] ?? character).replaceAll('\r', '&#13;');
}
