/** One interface over both stores: the id decides, and failures are counted. */
import { describe, expect, it } from '@jest/globals';
import {
  KeyStoreError,
  composeKeyStores,
  createKeySealer,
  createPkcs11KeyStore,
  createSoftwareKeyStore,
} from '../src/index.ts';
import type { KeyStoreFailure } from '../src/index.ts';
import { createMemoryStore } from './memory-store.ts';

const location = 'pkcs11:token=Fleet;object=root';

const compose = () => {
  const failures: KeyStoreFailure[] = [];
  const store = createMemoryStore();
  const keys = composeKeyStores({
    software: createSoftwareKeyStore({ sealer: createKeySealer('correct horse battery staple'), store }),
    pkcs11: createPkcs11KeyStore([]),
    aliases: new Map([['authority:root', location]]),
    onFailure: (failure) => failures.push(failure),
  });
  return { keys, store, failures };
};

describe('a key id', () => {
  it.each([
    ['authority:issuing', 'software', 'authority:issuing'],
    ['authority:root', 'pkcs11', location],
    [location, 'pkcs11', location],
    ['PKCS11:token=a', 'pkcs11', 'PKCS11:token=a'],
  ])('%s is of the store %s', (keyId, kind, where) => {
    expect(compose().keys.resolve(keyId)).toEqual({ kind, location: where });
  });

  it('of a token that is not there is refused, and never made in the software store', async () => {
    const { keys, store, failures } = compose();
    for (const keyId of ['authority:root', location]) {
      await expect(keys.generateKey(keyId, 'ec-p256')).rejects.toMatchObject({ code: 'tokenUnavailable' });
      await expect(keys.getSigner(keyId)).rejects.toBeInstanceOf(KeyStoreError);
    }
    expect(await store.list()).toEqual([]);
    expect(failures).toHaveLength(4);
    expect(failures[0]).toEqual({ kind: 'pkcs11', operation: 'load', code: 'tokenUnavailable' });
  });
});

describe('failures', () => {
  it('are told with store, operation and code; that a key is not there yet is none', async () => {
    const { keys, store, failures } = compose();
    await expect(keys.getSigner('authority:issuing')).rejects.toMatchObject({ code: 'keyNotFound' });
    await keys.generateKey('authority:issuing', 'ec-p256');
    await expect(keys.generateKey('authority:issuing', 'ec-p256')).rejects.toMatchObject({ code: 'keyExists' });
    expect(failures).toEqual([]);
    store.find = async () => {
      throw new Error('connection refused');
    };
    await expect(keys.getSigner('authority:other')).rejects.toThrow('connection refused');
    expect(failures).toEqual([{ kind: 'software', operation: 'load', code: 'other' }]);
  });

  it('leave signers as they are: one for a key, however often it is asked for', async () => {
    const { keys } = compose();
    const signer = await keys.generateKey('authority:issuing', 'ec-p256');
    expect(await keys.getSigner('authority:issuing')).toBe(signer);
  });
});
