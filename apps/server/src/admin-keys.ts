/** Private keys for administrators: which there are, whether they can sign, and sealing them anew. */
import type { Act, KeyRecord, KeyServices } from '@touchmark/admin-api';
import { CaError } from '@touchmark/ca';
import type { AuditEvent, Catalog } from '@touchmark/ca';
import { keyAlgorithmOf } from '@touchmark/crypto';
import { KeyStoreError, isPkcs11Uri } from '@touchmark/keystore';
import type { SealedRecord } from '@touchmark/keystore';
import type { Registry } from '@touchmark/store';
import { isKeyOfResponder } from './ocsp-responders.ts';
import { changePassphrase } from './key-passphrase.ts';
import type { NewPassphrase, PassphraseSource } from './key-passphrase.ts';
import type { Keys } from './keys.ts';
import { registrationAuthorityKeyId } from './scep-recipients.ts';

export interface AdminKeysDependencies {
  readonly registry: Pick<Registry<SealedRecord>, 'sealedKeys' | 'withBootstrapLock'>;
  readonly catalog: Pick<Catalog, 'issuers'>;
  readonly keyParts: Pick<Keys, 'store' | 'software' | 'aliases'>;
  readonly passphraseSource: PassphraseSource;
  readonly auditOf: (act: Act, action: string, subject: string, details?: AuditEvent['details']) => AuditEvent;
}

export function createAdminKeys(dependencies: AdminKeysDependencies): KeyServices {
  const { registry, catalog, keyParts, passphraseSource, auditOf } = dependencies;
  const { store, software, aliases } = keyParts;

  const authoritiesOf = (keyId: string): string[] =>
    catalog.issuers
      .filter(
        ({ authority: { keyId: own, name } }) =>
          own === keyId || isKeyOfResponder(keyId, name) || registrationAuthorityKeyId(name) === keyId,
      )
      .map(({ authority }) => authority.name);

  const sealedKeys = async (): Promise<KeyRecord[]> =>
    (await software.list()).map(({ keyId, keyAlgorithm, scryptCost, fault }) => ({
      id: keyId,
      store: 'software',
      location: undefined,
      keyAlgorithm,
      authorities: store.resolve(keyId).kind === 'software' ? authoritiesOf(keyId) : [],
      scryptCost,
      available: fault === undefined,
      message: fault?.message ?? (store.resolve(keyId).kind === 'software' ? undefined : notUsed),
    }));

  /** Those that the configuration or an authority names; what else is in a token is none of ours. */
  const tokenKeys = async (): Promise<KeyRecord[]> => {
    const named = catalog.issuers.map(({ authority }) => authority.keyId).filter(isPkcs11Uri);
    const ids = new Set([...named, ...aliases.map(({ keyId }) => keyId)]);
    return Promise.all([...ids].map(describeTokenKey));
  };

  const describeTokenKey = async (id: string): Promise<KeyRecord> => {
    const common = {
      id,
      store: 'pkcs11' as const,
      location: store.resolve(id).location,
      authorities: authoritiesOf(id),
      scryptCost: undefined,
    };
    try {
      const { publicKey } = await store.getSigner(id);
      await store.checkKey(id);
      return { ...common, keyAlgorithm: keyAlgorithmOf(publicKey), available: true, message: undefined };
    } catch (error) {
      if (!(error instanceof KeyStoreError)) throw error;
      return { ...common, keyAlgorithm: undefined, available: false, message: error.message };
    }
  };

  return {
    async listKeys() {
      const all = await Promise.all([sealedKeys(), tokenKeys()]);
      return all.flat().sort((a, b) => (a.id < b.id ? -1 : 1));
    },

    // One at a time on all nodes; a node that starts meanwhile waits for the outcome.
    rewrapKeys: ({ passphrase, scryptCost }, act) =>
      registry.withBootstrapLock(async () => {
        const keptInHome = passphraseSource.configured === undefined;
        const audit = auditOf(act, 'keys.rewrapped', 'keys', { passphrase: passphrase.kind, scryptCost });
        const change = {
          source: passphraseSource,
          keys: software,
          commit: (before: readonly SealedRecord[], after: readonly SealedRecord[]) =>
            registry.sealedKeys.replaceAll(before, after, audit),
          scryptCost,
        };
        return { keys: await refusable(() => changePassphrase(change, wantedOf(passphrase))), keptInHome };
      }),
  };
}

/** Left behind when an alias was given to an id that had a key. */
const notUsed = 'not used: TOUCHMARK_KEY_ALIASES says that the key of this id is in a token';

function wantedOf(passphrase: Parameters<KeyServices['rewrapKeys']>[0]['passphrase']): NewPassphrase {
  return passphrase.kind === 'given' ? { kind: 'given', passphrase: passphrase.value } : { kind: passphrase.kind };
}

/** A key that does not open stops the whole; its message names it and says how to mend it. */
async function refusable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof KeyStoreError)
      throw new CaError('conflict', `Nothing was changed. ${error.message}`, { cause: error });
    throw error;
  }
}
