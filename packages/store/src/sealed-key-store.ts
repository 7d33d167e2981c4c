/** Sealed private keys in the registry: opaque to it. */
import type { Prisma, PrismaClient } from './generated/client.ts';
import { where } from './defined-where.ts';
import { asked } from './admin/prisma-errors.ts';

/** A key's record as the key store seals it: plain JSON under the key's id. */
export interface SealedRecord {
  readonly keyId: string;
}

/** Carries the code that the key store's own errors have. */
export class SealedKeyExistsError extends Error {
  readonly code = 'keyExists';

  constructor(keyId: string, options: { cause?: unknown } = {}) {
    super(`There is a key "${keyId}" already. It is left as it is.`, options);
    this.name = 'SealedKeyExistsError';
  }
}

/** The port `SealedKeyStore` of the key store. */
export class PostgresSealedKeyStore<Sealed extends SealedRecord> {
  readonly #prisma: PrismaClient;

  constructor(prisma: PrismaClient) {
    this.#prisma = prisma;
  }

  async find(keyId: string): Promise<Sealed | undefined> {
    const row = await asked(() => this.#prisma.sealedKey.findUnique({ where: where({ keyId }) }));
    // Checked by the key store before it is used: a sealed key proves itself.
    return row === null ? undefined : (row.sealed as unknown as Sealed);
  }

  /** Never overwrites. @throws SealedKeyExistsError */
  async insert(sealed: Sealed): Promise<void> {
    const data = { keyId: sealed.keyId, sealed: sealed as unknown as Prisma.InputJsonObject };
    const { count } = await asked(() => this.#prisma.sealedKey.createMany({ data: [data], skipDuplicates: true }));
    if (count === 0) throw new SealedKeyExistsError(sealed.keyId);
  }

  async list(): Promise<readonly Sealed[]> {
    const rows = await asked(() => this.#prisma.sealedKey.findMany({ orderBy: { keyId: 'asc' } }));
    return rows.map(({ sealed }) => sealed as unknown as Sealed);
  }
}
