/** The `pkcs11:` URI that is the id of a key. */
import { KeyStoreError } from '../key-store-error.ts';
import { parsePkcs11Uri } from './pkcs11-uri.ts';
import type { Pkcs11Uri } from './pkcs11-uri.ts';

/** A key id is stored and shown, so that it holds no PIN; and it is no way to name a library to load. */
export function parseKeyUri(keyId: string): Pkcs11Uri {
  const uri = parsePkcs11Uri(keyId);
  if (Object.keys(uri.query).length > 0) {
    throw new KeyStoreError(
      'uriMalformed',
      'The pkcs11: URI of a key has no query: module and PIN belong to the token in the configuration (TOUCHMARK_PKCS11_TOKENS).',
    );
  }
  if (uri.path.object === undefined && uri.id === undefined) {
    throw new KeyStoreError(
      'uriMalformed',
      'The pkcs11: URI of a key names the key by "object" or "id", for example pkcs11:token=Fleet;object=issuing.',
    );
  }
  if (uri.path.type !== undefined && uri.path.type !== 'private') {
    throw new KeyStoreError('uriMalformed', 'The "type" in the pkcs11: URI of a key is "private" or left out.');
  }
  return uri;
}

const tokenAttributes = [
  'token',
  'serial',
  'manufacturer',
  'model',
  'slot-id',
  'slot-description',
  'slot-manufacturer',
] as const;

/** Whether a key's URI means this token: every attribute that both name is the same, and at least one is. */
export function tokenHolds(token: Pkcs11Uri, key: Pkcs11Uri): boolean {
  const both = tokenAttributes.filter((name) => key.path[name] !== undefined && token.path[name] !== undefined);
  return both.length > 0 && both.every((name) => key.path[name] === token.path[name]);
}
