/** The keys of challenges, sealed in the registry beside private keys: one for an endpoint, under `challenge:LABEL`. */
import { randomBytes } from 'node:crypto';
import { CaError, checkDeviceId, deriveChallenge } from '@touchmark/ca';
import type { ChallengeKind } from '@touchmark/ca';
import { KeyStoreError } from '@touchmark/keystore';
import type { SecretStore } from '@touchmark/keystore';

/** Kinds with a key of the endpoint: `derived` and `webhook` compute with it, `intune` has the client secret in its place. */
export type KeyedChallengeKind = Exclude<ChallengeKind, 'static'>;

export function needsKey(kind: ChallengeKind): kind is KeyedChallengeKind {
  return kind !== 'static';
}

/** As `touchmark key list` shows it. */
export function challengeKeyId(endpointLabel: string): string {
  return `challenge:${endpointLabel}`;
}

/** Who calls says who asked and leaves the audit event; nothing of it belongs into a log. */
export class ChallengeKeys {
  readonly #secrets: SecretStore;

  constructor(secrets: SecretStore) {
    this.#secrets = secrets;
  }

  /**
   * Makes the key of a `derived` or `webhook` challenge, in the place of the one that the endpoint had: from then on, all
   * nodes verify or sign with this one alone, and challenges that were computed with the other are wrong.
   *
   * @returns 32 octets, to be shown once
   */
  async create(endpointLabel: string): Promise<Uint8Array> {
    const key = new Uint8Array(randomBytes(32));
    await this.#put(endpointLabel, key);
    return key;
  }

  /**
   * Takes a key that was made elsewhere: the plant, or who receives the webhook, may have it before the service does. For
   * `intune`: the client secret.
   *
   * @param key in hex for `derived` and `webhook`, 32 to 64 octets; for `intune` the text itself
   * @throws CaError `invalidArgument`
   */
  async set(endpointLabel: string, kind: KeyedChallengeKind, key: string): Promise<void> {
    await this.#put(endpointLabel, kind === 'intune' ? clientSecretOf(key) : keyOf(key));
  }

  /**
   * The key as it is stored: for verifying, or for giving it to a plant.
   *
   * @throws KeyStoreError when there is none, or none that opens
   */
  get(endpointLabel: string): Promise<Uint8Array> {
    return this.#secrets.getSecret(challengeKeyId(endpointLabel));
  }

  /** Whether the endpoint has a key that opens. */
  async has(endpointLabel: string): Promise<boolean> {
    try {
      await this.get(endpointLabel);
      return true;
    } catch (error) {
      if (error instanceof KeyStoreError && error.code === 'keyNotFound') return false;
      throw error;
    }
  }

  /** The key before it is replaced; undefined when there is none, or none that opens: no other could be put back. */
  async find(endpointLabel: string): Promise<Uint8Array | undefined> {
    try {
      return await this.get(endpointLabel);
    } catch (error) {
      if (error instanceof KeyStoreError) return undefined;
      throw error;
    }
  }

  /** After an endpoint could not be changed as its new key wanted. */
  async putBack(endpointLabel: string, earlier: Uint8Array | undefined): Promise<void> {
    await (earlier === undefined ? this.delete(endpointLabel) : this.#put(endpointLabel, earlier));
  }

  /** When the endpoint, or its challenge, is no more. */
  delete(endpointLabel: string): Promise<void> {
    return this.#secrets.deleteSecret(challengeKeyId(endpointLabel));
  }

  /**
   * The challenge of one device at an endpoint with `derived`.
   *
   * @throws CaError `deviceNameInvalid`, `deviceNameTooLong`; KeyStoreError
   */
  async derive(endpointLabel: string, deviceId: string): Promise<string> {
    checkDeviceId(deviceId);
    return deriveChallenge(await this.get(endpointLabel), endpointLabel, deviceId);
  }

  #put(endpointLabel: string, key: Uint8Array): Promise<void> {
    return this.#secrets.putSecret(challengeKeyId(endpointLabel), key);
  }
}

function keyOf(hex: string): Uint8Array {
  if (!/^(?:[0-9A-Fa-f]{2}){32,64}$/.test(hex)) {
    throw new CaError('invalidArgument', 'The key of a challenge is 32 to 64 octets in hex: openssl rand -hex 32.');
  }
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

function clientSecretOf(text: string): Uint8Array {
  if (!/^[\x21-\x7e]{16,512}$/.test(text)) {
    throw new CaError(
      'invalidArgument',
      'A client secret of Microsoft Entra has 16 to 512 printable characters without blanks. Give its value, not its id.',
    );
  }
  return new TextEncoder().encode(text);
}
