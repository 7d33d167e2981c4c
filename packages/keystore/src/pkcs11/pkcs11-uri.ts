/** `pkcs11:` URIs (RFC 7512): parsed strictly, written canonically. */
import { KeyStoreError } from '../key-store-error.ts';

/** RFC 7512 §2.3; `id` is bytes and stands apart. */
const textAttributes = [
  'token',
  'manufacturer',
  'serial',
  'model',
  'library-manufacturer',
  'library-description',
  'library-version',
  'object',
  'type',
  'slot-description',
  'slot-manufacturer',
  'slot-id',
] as const;
export type Pkcs11TextAttribute = (typeof textAttributes)[number];

const queryAttributes = ['pin-source', 'pin-value', 'module-name', 'module-path'] as const;
export type Pkcs11QueryAttribute = (typeof queryAttributes)[number];

/** Percent-decoded. What the URI does not name matches anything. */
export interface Pkcs11Uri {
  readonly path: Readonly<Partial<Record<Pkcs11TextAttribute, string>>>;
  readonly id: Uint8Array | undefined;
  readonly query: Readonly<Partial<Record<Pkcs11QueryAttribute, string>>>;
}

const objectTypes = ['public', 'private', 'cert', 'secret-key', 'data'];

/** RFC 7512 §2.3: pchar without "/" and ";" in the path; the query has "/", "?" and "|" and gives "&" a meaning. */
const forms = {
  path: /^(?:[A-Za-z0-9\-._~:[\]@!$'()*+,=&]|%[0-9A-Fa-f]{2})*$/,
  query: /^(?:[A-Za-z0-9\-._~:[\]@!$'()*+,=/?|]|%[0-9A-Fa-f]{2})*$/,
};

export function isPkcs11Uri(text: string): boolean {
  return /^pkcs11:/i.test(text);
}

/** @throws KeyStoreError `uriMalformed`, which names the fault and repeats no value of the URI: one of them may be a PIN */
export function parsePkcs11Uri(text: string): Pkcs11Uri {
  if (!isPkcs11Uri(text)) throw malformed('it does not begin with "pkcs11:"');
  const rest = text.slice('pkcs11:'.length);
  const mark = rest.indexOf('?');
  const pathPart = mark === -1 ? rest : rest.slice(0, mark);
  const { id, ...path } = attributesOf(pathPart, ';', 'path', [...textAttributes, 'id']);
  const query = mark === -1 ? {} : attributesOf(rest.slice(mark + 1), '&', 'query', queryAttributes);
  const uri: Pkcs11Uri = {
    path: mapValues(path, textOf),
    id,
    query: mapValues(query, textOf),
  };
  checkValues(uri);
  return uri;
}

/** Canonical: attributes in the order of RFC 7512, nothing of the query, so that no PIN is shown. */
export function formatPkcs11Uri({ path, id }: Pick<Pkcs11Uri, 'path' | 'id'>): string {
  const attributes = textAttributes.flatMap((name) => {
    const value = path[name];
    return value === undefined ? [] : [`${name}=${escapeOctets(new TextEncoder().encode(value))}`];
  });
  if (id !== undefined) attributes.push(`id=${Array.from(id, percent).join('')}`);
  return `pkcs11:${attributes.join(';')}`;
}

function attributesOf<Name extends string>(
  text: string,
  separator: ';' | '&',
  part: 'path' | 'query',
  known: readonly Name[],
): Partial<Record<Name, Uint8Array>> {
  const found: Partial<Record<Name, Uint8Array>> = {};
  if (text === '') return found;
  for (const attribute of text.split(separator)) {
    const equals = attribute.indexOf('=');
    if (equals < 1) throw malformed(`its ${part} has an attribute that is not written name=value`);
    const name = known.find((candidate) => candidate === attribute.slice(0, equals));
    // An attribute that is not understood narrows what is meant: to ignore it could pick another key.
    if (name === undefined) throw malformed(`its ${part} has an attribute that is not known (${known.join(', ')})`);
    if (found[name] !== undefined) throw malformed(`it names "${name}" twice`);
    const value = attribute.slice(equals + 1);
    if (!forms[part].test(value)) {
      throw malformed(`the value of "${name}" has a character that must be percent-encoded, or a broken escape`);
    }
    found[name] = octetsOf(value);
  }
  return found;
}

function checkValues({ path, id, query }: Pkcs11Uri): void {
  const { type, 'slot-id': slotId, 'library-version': version } = path;
  if (type !== undefined && !objectTypes.includes(type)) throw malformed(`"type" is none of ${objectTypes.join(', ')}`);
  if (slotId !== undefined && !/^\d{1,19}$/.test(slotId)) throw malformed('"slot-id" is not a decimal number');
  if (version !== undefined && !/^\d{1,3}(\.\d{1,3})?$/.test(version)) {
    throw malformed('"library-version" is not written like 2 or 2.40');
  }
  if (id?.length === 0) throw malformed('"id" is empty');
  for (const name of ['token', 'object'] as const) if (path[name] === '') throw malformed(`"${name}" is empty`);
  // RFC 7512 §2.4
  if (query['pin-source'] !== undefined && query['pin-value'] !== undefined) {
    throw malformed('it has both "pin-source" and "pin-value"');
  }
  if (query['module-name'] !== undefined && !/^[A-Za-z0-9._-]+$/.test(query['module-name'])) {
    throw malformed('"module-name" is not the plain name of a library; a path goes into "module-path"');
  }
  if (query['module-path'] !== undefined && !query['module-path'].startsWith('/')) {
    throw malformed('"module-path" is not an absolute path');
  }
}

function octetsOf(value: string): Uint8Array {
  const octets: number[] = [];
  for (let index = 0; index < value.length; index++) {
    if (value[index] === '%') {
      octets.push(Number.parseInt(value.slice(index + 1, index + 3), 16));
      index += 2;
    } else octets.push(value.charCodeAt(index));
  }
  return Uint8Array.from(octets);
}

function textOf(octets: Uint8Array, name: string): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets);
    if (!text.includes('\0')) return text;
  } catch {
    throw malformed(`the value of "${name}" is not UTF-8`);
  }
  throw malformed(`the value of "${name}" contains a NUL`);
}

function mapValues<Name extends string>(
  values: Partial<Record<Name, Uint8Array>>,
  map: (value: Uint8Array, name: string) => string,
): Partial<Record<Name, string>> {
  const entries = Object.entries<Uint8Array | undefined>(values);
  return Object.fromEntries(
    entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, map(value, name)]])),
  ) as Partial<Record<Name, string>>;
}

function escapeOctets(octets: Uint8Array): string {
  return Array.from(octets, (octet) => {
    const character = String.fromCharCode(octet);
    return /[A-Za-z0-9\-._~]/.test(character) ? character : percent(octet);
  }).join('');
}

function percent(octet: number): string {
  return `%${octet.toString(16).toUpperCase().padStart(2, '0')}`;
}

function malformed(fault: string): KeyStoreError {
  return new KeyStoreError(
    'uriMalformed',
    `The pkcs11: URI cannot be used: ${fault}. Write it as RFC 7512 says, for example pkcs11:token=Fleet;object=issuing.`,
  );
}
