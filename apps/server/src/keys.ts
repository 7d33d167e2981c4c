/** The keys of the service: sealed in the registry, or in the tokens that the configuration names. */
import { statSync } from 'node:fs';
import {
  KeyStoreError,
  Pkcs11Token,
  composeKeyStores,
  createPkcs11KeyStore,
  createSoftwareKeyStore,
} from '@touchmark/keystore';
import type {
  ComposedKeyStore,
  KeySealer,
  KeyStoreFailure,
  SealedKeyStore,
  SoftwareKeyStore,
} from '@touchmark/keystore';
import { readSecretFile } from './home.ts';
import { parseKeyAlias, parseTokenSetting, pinFileOf } from './key-settings.ts';
import type { KeyAlias } from './key-settings.ts';
import type { Configuration } from './settings.ts';

export interface Keys {
  readonly store: ComposedKeyStore;
  readonly software: SoftwareKeyStore;
  readonly tokens: readonly Pkcs11Token[];
  readonly aliases: readonly KeyAlias[];
  /** Logs out of the tokens. */
  close(): Promise<void>;
}

export interface KeysInputs {
  readonly configuration: Pick<Configuration, 'pkcs11Tokens' | 'pkcs11Pin' | 'keyAliases'>;
  readonly sealer: KeySealer;
  readonly sealedKeys: SealedKeyStore;
  readonly onFailure: (failure: KeyStoreFailure) => void;
}

/** Opens no token yet: that is done at the first use of one of its keys. */
export function openKeys({ configuration, sealer, sealedKeys, onFailure }: KeysInputs): Keys {
  const tokens = configuration.pkcs11Tokens.map((text) => tokenOf(text, configuration.pkcs11Pin));
  const aliases = configuration.keyAliases.map(parseKeyAlias);
  const software = createSoftwareKeyStore({ sealer, store: sealedKeys });
  return {
    store: composeKeyStores({
      software,
      pkcs11: createPkcs11KeyStore(tokens),
      aliases: new Map(aliases.map(({ keyId, location }) => [keyId, location])),
      onFailure,
    }),
    software,
    tokens,
    aliases,
    async close() {
      await Promise.all(tokens.map((token) => token.close()));
    },
  };
}

function tokenOf(text: string, configuredPin: string | undefined): Pkcs11Token {
  const uri = parseTokenSetting(text);
  const { 'module-path': path, 'module-name': name, 'pin-source': pinSource } = uri.query;
  return new Pkcs11Token({
    uri,
    modulePath: path ?? findModule(name ?? ''),
    readPin: () => (pinSource === undefined ? (configuredPin ?? '') : readPin(pinFileOf(pinSource) ?? '')),
  });
}

function readPin(file: string): string {
  try {
    return readSecretFile(file);
  } catch (error) {
    throw new KeyStoreError(
      'tokenUnavailable',
      `The PIN file of a token cannot be read: ${error instanceof Error ? error.message : 'unknown'}.`,
      { cause: error },
    );
  }
}

/** RFC 7512 §2.3 leaves to the system where a module of a name is. */
const moduleDirectories = [
  '/usr/lib',
  '/usr/lib64',
  '/usr/lib/pkcs11',
  '/usr/lib64/pkcs11',
  '/usr/lib/softhsm',
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/x86_64-linux-gnu/pkcs11',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu/pkcs11',
  '/usr/local/lib',
  '/usr/local/lib/pkcs11',
  '/opt/homebrew/lib',
];

function findModule(name: string): string {
  const endings = process.platform === 'darwin' ? ['.dylib', '.so'] : ['.so'];
  const candidates = moduleDirectories.flatMap((directory) =>
    ['', 'lib'].flatMap((prefix) => endings.map((ending) => `${directory}/${prefix}${name}${ending}`)),
  );
  // The loader looks for a bare name itself, and says what it did not find.
  return candidates.find((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true) ?? `${name}.so`;
}
