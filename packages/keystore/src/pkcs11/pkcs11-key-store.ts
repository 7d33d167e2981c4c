/** Keys in PKCS #11 tokens, named by `pkcs11:` URIs (RFC 7512). They never leave the token. */
import { randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { equalBytes, toHex } from '@touchmark/asn1';
import { defaultSignatureAlgorithm, keyAlgorithmOf, keyKindOf, verifySignature } from '@touchmark/crypto';
import type { KeyAlgorithmName, SignatureAlgorithm, Signer } from '@touchmark/crypto';
import { KeyStoreError } from '../key-store-error.ts';
import type { KeyStore } from '../key-store.ts';
import { parseKeyUri } from './key-uri.ts';
import { formatPkcs11Uri } from './pkcs11-uri.ts';
import type { OpenedToken, Pkcs11Token } from './pkcs11-token.ts';
import type { KeySelector, TokenKey } from './token-commands.ts';
import { publicKeyOf } from './token-public-key.ts';
import { tokenSignature } from './token-signature.ts';

/** A key of a token, as far as this process has used it. */
interface LoadedKey {
  readonly token: Pkcs11Token;
  readonly selector: KeySelector;
  readonly publicKey: KeyObject;
  readonly subjectPublicKeyInfoDer: Uint8Array;
  readonly keyAlgorithm: KeyAlgorithmName;
}

const orderOctets: Readonly<Partial<Record<KeyAlgorithmName, number>>> = {
  'ec-p256': 32,
  'ec-p384': 48,
  'ec-p521': 66,
};

/** Only tokens that the configuration names are used: a key id never makes the service load a library. */
export function createPkcs11KeyStore(tokens: readonly Pkcs11Token[]): KeyStore {
  const loaded = new Map<string, Promise<LoadedKey>>();

  const get = (keyId: string): Promise<LoadedKey> => {
    const known = loaded.get(keyId);
    if (known !== undefined) return known;
    const loading = load(tokens, keyId);
    loaded.set(keyId, loading);
    // What failed is tried again by the next who asks: the token may be back.
    loading.catch(() => {
      if (loaded.get(keyId) === loading) loaded.delete(keyId);
    });
    return loading;
  };

  return {
    async generateKey(keyId, keyAlgorithm, signatureAlgorithm) {
      const { token, selector } = locate(tokens, keyId);
      await generate(token, selector, keyId, keyAlgorithm);
      return signerOf(await get(keyId), signatureAlgorithm);
    },
    getSigner: async (keyId, signatureAlgorithm) => signerOf(await get(keyId), signatureAlgorithm),
    async getPrivateKey(keyId) {
      throw new KeyStoreError(
        'notSupported',
        `The key ${keyId} is in a token and does not leave it, so neither a TLS listener nor SCEP as the recipient of requests can use it. Use a key of the software key store for these.`,
      );
    },
    async checkKey(keyId) {
      const key = await get(keyId);
      // Looked up anew: the token may have been taken away since the last signature.
      await key.token.use(async (opened) => {
        opened.keys.clear();
        await findAgain(opened, key);
      });
    },
  };
}

function locate(tokens: readonly Pkcs11Token[], keyId: string): { token: Pkcs11Token; selector: KeySelector } {
  const uri = parseKeyUri(keyId);
  const holders = tokens.filter((token) => token.holds(uri));
  const [token, another] = holders;
  if (token === undefined || another !== undefined) {
    throw new KeyStoreError(
      'tokenUnavailable',
      `${token === undefined ? 'No' : 'More than one'} configured token matches ${formatPkcs11Uri(uri)}. Name it in TOUCHMARK_PKCS11_TOKENS, by its label or serial number.`,
    );
  }
  return { token, selector: { label: uri.path.object, id: uri.id } };
}

async function load(tokens: readonly Pkcs11Token[], keyId: string): Promise<LoadedKey> {
  const { token, selector } = locate(tokens, keyId);
  return token.use(async (opened) => {
    const found = await find(opened, selector, keyId);
    const publicKey = publicKeyOf(found, keyId);
    const keyAlgorithm = keyAlgorithmOf(publicKey);
    if (keyAlgorithm === undefined || keyAlgorithm === 'rsa-other') {
      throw new KeyStoreError('notSupported', `The key ${keyId} is of no algorithm that an authority may have.`);
    }
    const subjectPublicKeyInfoDer = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }));
    const key = { token, selector, publicKey, subjectPublicKeyInfoDer, keyAlgorithm };
    await checkIsAPair(opened, found, key, keyId);
    opened.keys.set(selectorKey(selector), Promise.resolve(found));
    return key;
  });
}

async function find({ connection }: OpenedToken, selector: KeySelector, keyId: string): Promise<TokenKey> {
  const [found, another] = await connection.findKeys(selector);
  if (found === undefined) {
    throw new KeyStoreError(
      'keyNotFound',
      `There is no private key ${keyId} in the token. Restore the token from its backup; the key is not made anew.`,
    );
  }
  if (another !== undefined) {
    throw new KeyStoreError(
      'keyAmbiguous',
      `Several private keys of the token match ${keyId}. Name the one that is meant by its "id".`,
    );
  }
  if (found.alwaysAuthenticate) {
    throw new KeyStoreError(
      'notSupported',
      `The key ${keyId} wants the PIN for every signature (CKA_ALWAYS_AUTHENTICATE). Use a key without that.`,
    );
  }
  return found;
}

/** Public and private half are two objects, and what lies under one id need not belong together. */
async function checkIsAPair(
  { connection }: OpenedToken,
  found: TokenKey,
  { keyAlgorithm, publicKey }: LoadedKey,
  keyId: string,
): Promise<void> {
  const algorithm = defaultSignatureAlgorithm(keyAlgorithm);
  const { mechanism, input, output } = signatureFor(algorithm, keyAlgorithm, keyId);
  const probe = Buffer.concat([Buffer.from('touchmark key check '), randomBytes(32)]);
  const raw = await connection.sign({ handle: found.handle, mechanism, data: input(probe) });
  if (verifySignature(algorithm, publicKey, probe, output(raw))) return;
  throw new KeyStoreError(
    'keySwapped',
    `The private key ${keyId} does not belong to the public key with the same CKA_ID in the token. Remove the one that is wrong.`,
  );
}

/** The key in this opening of the token: the very key that was loaded, or none. */
function findAgain(opened: OpenedToken, key: LoadedKey): Promise<TokenKey> {
  const name = selectorKey(key.selector);
  const known = opened.keys.get(name);
  if (known !== undefined) return known;
  const { label, id } = key.selector;
  const keyId = formatPkcs11Uri({ path: label === undefined ? {} : { object: label }, id });
  const finding = find(opened, key.selector, keyId).then((found) => {
    const spki = publicKeyOf(found, keyId).export({ format: 'der', type: 'spki' });
    if (equalBytes(new Uint8Array(spki), key.subjectPublicKeyInfoDer)) return found;
    throw new KeyStoreError(
      'keySwapped',
      `The token ${key.token.name} now holds another key under ${keyId} than before. Put the right token back.`,
    );
  });
  opened.keys.set(name, finding);
  finding.catch(() => opened.keys.delete(name));
  return finding;
}

function signerOf(key: LoadedKey, wanted: SignatureAlgorithm | undefined): Signer {
  const { token, keyAlgorithm, publicKey, subjectPublicKeyInfoDer } = key;
  const algorithm = wanted ?? defaultSignatureAlgorithm(keyAlgorithm);
  const { mechanism, input, output } = signatureFor(algorithm, keyAlgorithm, token.name);
  return {
    algorithm,
    publicKey,
    subjectPublicKeyInfoDer,
    async sign(data) {
      const prepared = input(data);
      const raw = await token.use(async (opened) => {
        const { handle } = await findAgain(opened, key);
        return opened.connection.sign({ handle, mechanism, data: prepared });
      });
      return output(raw);
    },
  };
}

function signatureFor(algorithm: SignatureAlgorithm, keyAlgorithm: KeyAlgorithmName, name: string) {
  const signature =
    algorithm.keyKind === keyKindOf(keyAlgorithm)
      ? tokenSignature(algorithm, orderOctets[keyAlgorithm] ?? 0)
      : undefined;
  if (signature !== undefined) return signature;
  throw new KeyStoreError(
    'notSupported',
    `A key of algorithm ${keyAlgorithm} in ${name} cannot sign ${algorithm.name}.`,
  );
}

async function generate(
  token: Pkcs11Token,
  { label, id }: KeySelector,
  keyId: string,
  algorithm: KeyAlgorithmName,
): Promise<void> {
  const newId = id ?? new Uint8Array(randomBytes(20));
  await token.useOnce(async ({ connection }) => {
    const named = await connection.findKeys({ label, id });
    const sameId = await connection.findKeys({ label: undefined, id: newId });
    if (named.length + sameId.length > 0) throw keyExists(keyId);
    await connection.generateKey({ algorithm, label: label ?? toHex(newId), id: newId });
    // Somebody else may have done the same at the same time. Nothing was signed yet: ours goes, and who comes back finds theirs.
    if ((await connection.findKeys({ label, id })).length > 1) {
      await connection.destroyKey(newId);
      throw keyExists(keyId);
    }
  });
}

function keyExists(keyId: string): KeyStoreError {
  return new KeyStoreError(
    'keyExists',
    `There is a private key ${keyId} in the token already; keys are never overwritten. Choose another name.`,
  );
}

function selectorKey({ label, id }: KeySelector): string {
  return JSON.stringify([label ?? null, id === undefined ? null : toHex(id)]);
}
