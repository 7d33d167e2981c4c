/** One token: opened at its first use, logged in once, opened anew when its session is lost. */
import { createHash } from 'node:crypto';
import { KeyStoreError } from '../key-store-error.ts';
import { startModuleProcess } from './module-connection.ts';
import type { ModuleConnection } from './module-connection.ts';
import { tokenHolds } from './key-uri.ts';
import { formatPkcs11Uri } from './pkcs11-uri.ts';
import type { Pkcs11Uri } from './pkcs11-uri.ts';
import type { TokenDescription, TokenKey } from './token-commands.ts';
import { isLoss, tokenRefusal } from './token-refusal.ts';

export interface TokenConfiguration {
  /** The attributes of token and slot pick the token; those of an object have no place here. */
  readonly uri: Pkcs11Uri;
  readonly modulePath: string;
  /** Read whenever the token is opened, so that a corrected PIN is found. */
  readonly readPin: () => string;
  /** Signatures at the same time; 4 by default. */
  readonly sessions?: number;
}

/** One opening of the token: handles are worth nothing in another. */
export interface OpenedToken {
  readonly connection: ModuleConnection;
  readonly description: TokenDescription;
  /** Keys found in this opening, by their selectors. */
  readonly keys: Map<string, Promise<TokenKey>>;
}

const pauseMilliseconds = 1000;

export class Pkcs11Token {
  /** Canonical, without a PIN: for messages and listings. */
  readonly name: string;
  readonly #configuration: TokenConfiguration;
  readonly #connect: () => ModuleConnection;
  #opening: Promise<OpenedToken> | undefined;
  #failure: { readonly error: Error; readonly at: number } | undefined;
  /** Of the PIN that the token refused. */
  #refusedPin: string | undefined;

  constructor(configuration: TokenConfiguration, connect: () => ModuleConnection = () => startModuleProcess()) {
    this.name = formatPkcs11Uri({ path: configuration.uri.path, id: undefined });
    this.#configuration = configuration;
    this.#connect = connect;
  }

  holds(key: Pkcs11Uri): boolean {
    return tokenHolds(this.#configuration.uri, key);
  }

  /**
   * Runs `work` with the opened token. When the session turns out to be lost, the token is opened anew and `work` runs once
   * more: it must be harmless to repeat. @throws KeyStoreError
   */
  async use<T>(work: (opened: OpenedToken) => Promise<T>): Promise<T> {
    return this.#run(async () => {
      const opened = await this.#open();
      try {
        return await work(opened);
      } catch (error) {
        if (!isLoss(error)) throw error;
        await this.#drop(opened);
        const again = await this.#open();
        return work(again);
      }
    });
  }

  /** As `use`, for what must not be repeated. */
  async useOnce<T>(work: (opened: OpenedToken) => Promise<T>): Promise<T> {
    return this.#run(async () => {
      const opened = await this.#open();
      try {
        return await work(opened);
      } catch (error) {
        if (isLoss(error)) await this.#drop(opened);
        throw error;
      }
    });
  }

  /** Logs out by ending the process with the module. A later use opens the token anew. */
  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    const opened = await opening?.catch(() => undefined);
    await opened?.connection.close();
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw tokenRefusal(error, this.name) ?? error;
    }
  }

  /** Shared by all who ask; after a failure it is tried again at most once a second. */
  #open(): Promise<OpenedToken> {
    if (this.#opening !== undefined) return this.#opening;
    if (this.#failure !== undefined && performance.now() - this.#failure.at < pauseMilliseconds) {
      return Promise.reject(this.#failure.error);
    }
    const opening = this.#openAnew();
    this.#opening = opening;
    opening.then(
      () => {
        this.#failure = undefined;
      },
      (error: unknown) => {
        const failure = error instanceof Error ? error : new Error('The token could not be opened.');
        this.#failure = { error: failure, at: performance.now() };
        if (this.#opening === opening) this.#opening = undefined;
      },
    );
    return opening;
  }

  async #openAnew(): Promise<OpenedToken> {
    const { modulePath, uri, sessions = 4 } = this.#configuration;
    const pin = new TextEncoder().encode(this.#configuration.readPin());
    const pinDigest = createHash('sha256').update(pin).digest('hex');
    if (pinDigest === this.#refusedPin) {
      throw new KeyStoreError(
        'pinRefused',
        `The token ${this.name} has refused the configured PIN before; it is not offered again, because tokens lock after a few wrong ones. Correct the PIN in the configuration.`,
      );
    }
    const { path } = uri;
    const token = {
      label: path.token,
      manufacturer: path.manufacturer,
      serial: path.serial,
      model: path.model,
      slotDescription: path['slot-description'],
      slotManufacturer: path['slot-manufacturer'],
      slotId: path['slot-id'],
    };
    const connection = this.#connect();
    try {
      const description = await connection.open({ modulePath, token, pin, sessions });
      return { connection, description, keys: new Map() };
    } catch (error) {
      const refusal = tokenRefusal(error, this.name);
      if (refusal?.code === 'pinRefused') this.#refusedPin = pinDigest;
      await connection.close().catch(() => undefined);
      throw refusal ?? error;
    } finally {
      pin.fill(0);
    }
  }

  /** Of those who lost the same opening, the first drops it. */
  async #drop(opened: OpenedToken): Promise<void> {
    const current = await this.#opening?.catch(() => undefined);
    if (current === opened) this.#opening = undefined;
    await opened.connection.close().catch(() => undefined);
  }
}
