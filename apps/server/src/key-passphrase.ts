/** The passphrase that seals the software keys: as configured, or kept in the home; and how it is changed. */
import { randomBytes } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { CaError } from '@touchmark/ca';
import { KeyStoreError, createKeySealer } from '@touchmark/keystore';
import type { KeySealer, SealedRecord, SoftwareKeyStore } from '@touchmark/keystore';
import { readSecretFile, renameDurably, writeFileDurably } from './home.ts';
import type { Home } from './home.ts';
import { StartError } from './start-error.ts';

export interface PassphraseSource {
  readonly home: Pick<Home, 'passphrase' | 'nextPassphrase'>;
  /** Undefined: it is kept in the home. */
  readonly configured: string | undefined;
}

/**
 * The sealer of this registry's software keys. A passphrase is made once, for a registry without keys; one that is lost is
 * not made anew: it would open nothing, and hide that the right one is missing. A change that was interrupted is settled.
 * Call under the lock that only one node holds.
 *
 * @throws StartError when there is no passphrase for a registry that has keys, or none that opens them
 */
export async function openSealer(
  { home, configured }: PassphraseSource,
  sealedKeys: { listSettled(): Promise<readonly SealedRecord[]> },
): Promise<KeySealer> {
  const [sealed] = await sealedKeys.listSettled();
  if (configured !== undefined) return checkedSealer(configured, sealed);
  if (existsSync(home.nextPassphrase)) return settle(home, sealed);
  if (!existsSync(home.passphrase)) {
    if (sealed !== undefined) {
      throw new StartError(
        `The passphrase of this registry's private keys is missing: ${home.passphrase} is not there. Restore it from a backup, or set TOUCHMARK_KEY_PASSPHRASE to the one that the registry was made with.`,
      );
    }
    writeFileDurably(home.passphrase, `${newPassphrase()}\n`, 0o600);
  }
  return checkedSealer(readSecretFile(home.passphrase), sealed);
}

/** All keys have one passphrase: opening one tells. A damaged record is left to whoever needs that key. */
async function checkedSealer(passphrase: string, sealed: SealedRecord | undefined): Promise<KeySealer> {
  const sealer = createKeySealer(passphrase);
  const refusal = sealed === undefined ? undefined : await refusalOf(sealer, sealed);
  if (refusal?.code === 'wrongPassphrase') throw new StartError(refusal.message, { cause: refusal });
  return sealer;
}

/** The process ended while the passphrase was being changed: the registry says whether it was. */
async function settle(home: PassphraseSource['home'], sealed: SealedRecord | undefined): Promise<KeySealer> {
  const next = createKeySealer(readSecretFile(home.nextPassphrase));
  if (sealed !== undefined && (await refusalOf(next, sealed)) === undefined) {
    renameDurably(home.nextPassphrase, home.passphrase);
    return next;
  }
  if (sealed === undefined || !existsSync(home.passphrase)) {
    throw new StartError(
      `A change of the passphrase was interrupted, and what became of it cannot be told: ${home.nextPassphrase} is there, but ${sealed === undefined ? 'the registry has no keys' : `${home.passphrase} is not, and the new one does not open the keys`}. Restore the home or the registry from a backup.`,
    );
  }
  const present = createKeySealer(readSecretFile(home.passphrase));
  if ((await refusalOf(present, sealed)) !== undefined) {
    throw new StartError(
      `The private keys of this registry open with neither ${home.passphrase} nor ${home.nextPassphrase}. Restore the right one from a backup; both files are left as they are.`,
    );
  }
  rmSync(home.nextPassphrase);
  return present;
}

/** Undefined when the passphrase is the right one. */
async function refusalOf(sealer: KeySealer, sealed: SealedRecord): Promise<KeyStoreError | undefined> {
  try {
    await sealer.checkPassphrase(sealed);
    return undefined;
  } catch (error) {
    if (error instanceof KeyStoreError) return error;
    throw error;
  }
}

export type NewPassphrase =
  /** Made here, and kept in the home. */
  | { readonly kind: 'generated' }
  | { readonly kind: 'given'; readonly passphrase: string }
  /** The same one, with a new salt and cost. */
  | { readonly kind: 'kept' };

export interface PassphraseChange {
  readonly source: PassphraseSource;
  readonly keys: Pick<SoftwareKeyStore, 'rewrap'>;
  readonly commit: Parameters<SoftwareKeyStore['rewrap']>[1];
  readonly scryptCost: number;
}

/**
 * Seals all keys anew. A passphrase of the home is written beside the present one before the registry changes, and takes its
 * place afterwards: whenever the process ends, one of the two files opens the keys, and the next start finds out which.
 * Call under the lock that only one node holds.
 *
 * @throws CaError `invalidArgument`, `conflict`; KeyStoreError when a key does not open
 */
export async function changePassphrase(change: PassphraseChange, wanted: NewPassphrase): Promise<number> {
  const { source, keys, commit, scryptCost } = change;
  const { home, configured } = source;
  if (wanted.kind === 'kept') return keys.rewrap((present) => present.renewed(scryptCost), commit);
  if (configured !== undefined) {
    if (wanted.kind === 'generated') {
      throw new CaError(
        'invalidArgument',
        'The passphrase of this node is configured, so that a generated one would be known to nobody. Give the new passphrase.',
      );
    }
    return keys.rewrap(() => createKeySealer(wanted.passphrase, scryptCost), commit);
  }
  if (existsSync(home.nextPassphrase)) {
    throw new CaError(
      'conflict',
      'An earlier change of the passphrase did not come to its end. Start this node again, which settles it; then repeat.',
    );
  }
  const passphrase = wanted.kind === 'generated' ? newPassphrase() : wanted.passphrase;
  writeFileDurably(home.nextPassphrase, `${passphrase}\n`, 0o600);
  let count: number;
  try {
    count = await keys.rewrap(() => createKeySealer(passphrase, scryptCost), commit);
  } catch (error) {
    // Only where it is certain that nothing was committed; otherwise the next start tells.
    if (error instanceof KeyStoreError || (error instanceof CaError && error.code === 'conflict')) {
      rmSync(home.nextPassphrase);
    }
    throw error;
  }
  renameDurably(home.nextPassphrase, home.passphrase);
  return count;
}

function newPassphrase(): string {
  return randomBytes(32).toString('base64url');
}
