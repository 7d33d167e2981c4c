/** The CrlRegistry in memory: locks, numbers that only rise, entries by serial number. */
import { compareBytes, concatBytes } from '@touchmark/asn1';
import { CaError } from '@touchmark/ca';
import type { CrlPublication, CrlRegistry, PublishedCrl, RevocationReason } from '@touchmark/ca';
import { encodeCrlEntry } from '@touchmark/x509';

interface Shard {
  number: bigint;
  latest: PublishedCrl | undefined;
  lock: Promise<unknown>;
  readonly entries: Map<string, { readonly serialNumber: Uint8Array; readonly entryDer: Uint8Array }>;
}

export class MemoryCrlRegistry implements CrlRegistry {
  readonly #shards = new Map<string, Shard>();
  /** What happened, in order. */
  readonly log: string[] = [];
  readonly intents: { readonly tbsSha256: Uint8Array; readonly thisUpdate: Date }[] = [];
  available = true;
  chunkSize = 2;
  failPublish = false;
  fullReads = 0;

  revoke(
    authorityId: string,
    shard: number,
    serialNumber: Uint8Array,
    reason: RevocationReason,
    revocationDate: Date,
  ): void {
    const entryDer = encodeCrlEntry({ serialNumber, revocationDate, reason, invalidityDate: undefined });
    this.#of(authorityId, shard).entries.set(Buffer.from(serialNumber).toString('hex'), { serialNumber, entryDer });
  }

  async findLatest(authorityId: string, shard: number): Promise<PublishedCrl | undefined> {
    this.#check();
    this.fullReads++;
    return this.#of(authorityId, shard).latest;
  }

  async findLatestNumber(authorityId: string, shard: number): Promise<bigint | undefined> {
    this.#check();
    return this.#of(authorityId, shard).latest?.number;
  }

  /** As after a restore from an old backup. */
  replaceLatest(crl: PublishedCrl): void {
    this.#of(crl.authorityId, crl.shard).latest = crl;
  }

  async beginPublication(authorityId: string, shardIndex: number): Promise<CrlPublication> {
    this.#check();
    const shard = this.#of(authorityId, shardIndex);
    const before = shard.lock;
    const { promise, resolve: unlock } = Promise.withResolvers<unknown>();
    shard.lock = promise;
    await before;
    const number = ++shard.number;
    this.log.push(`begin ${number}`);
    const snapshot = [...shard.entries.values()].sort((a, b) => compareBytes(a.serialNumber, b.serialNumber));
    const { log, intents, chunkSize } = this;
    const failPublish = (): boolean => this.failPublish;
    return {
      number,
      previousThisUpdate: shard.latest?.thisUpdate,
      async *entries() {
        for (let start = 0; start < snapshot.length; start += chunkSize) {
          const chunk = snapshot.slice(start, start + chunkSize);
          yield { entriesDer: concatBytes(...chunk.map(({ entryDer }) => entryDer)), count: chunk.length };
        }
      },
      async recordIntent(intent) {
        log.push(`intent ${number}`);
        intents.push(intent);
      },
      async publish(crl) {
        if (failPublish()) throw new CaError('registryUnavailable', 'The registry does not answer.');
        shard.latest = crl;
        log.push(`publish ${number}`);
        unlock(undefined);
      },
      async abandon() {
        log.push(`abandon ${number}`);
        unlock(undefined);
      },
    };
  }

  #check(): void {
    if (!this.available) throw new CaError('registryUnavailable', 'The registry does not answer.');
  }

  #of(authorityId: string, shardIndex: number): Shard {
    const key = `${authorityId}/${shardIndex}`;
    let shard = this.#shards.get(key);
    if (shard === undefined) {
      shard = { number: 0n, latest: undefined, lock: Promise.resolve(), entries: new Map() };
      this.#shards.set(key, shard);
    }
    return shard;
  }
}
