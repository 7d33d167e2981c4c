import { beforeAll, describe, expect, it } from '@jest/globals';
import { createTestAuthority } from '@touchmark/testkit';
import type { TestAuthority } from '@touchmark/testkit';
import { defaultSettings } from '../src/authority-settings.ts';
import { Catalog } from '../src/catalog.ts';
import type { Authority } from '../src/model.ts';
import type { CatalogContents, CatalogRegistry } from '../src/ports.ts';

let pki: TestAuthority;
beforeAll(async () => {
  pki = await createTestAuthority();
});

function authorityOf(name: 'root' | 'issuing', changes: Partial<Authority> = {}): Authority {
  return {
    ...defaultSettings('ec-p256'),
    id: name,
    name,
    kind: name,
    issuerId: name === 'root' ? undefined : 'root',
    certificateDer: pki[name].certificateDer,
    keyId: name,
    signatureAlgorithm: 'ecdsa-with-SHA256',
    revision: 1,
    ...changes,
  };
}

/** A registry whose readings end when the test says so. */
class SlowRegistry implements CatalogRegistry {
  contents: CatalogContents = { generation: 1n, authorities: [], endpoints: [] };
  readings = 0;
  readonly #waiting: (() => void)[] = [];
  slow = false;

  commit(...authorities: Authority[]): void {
    this.contents = { generation: this.contents.generation + 1n, authorities, endpoints: [] };
  }

  async readGeneration(): Promise<bigint> {
    return this.contents.generation;
  }

  async readCatalog(): Promise<CatalogContents> {
    this.readings++;
    const snapshot = this.contents;
    if (this.slow) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return snapshot;
  }

  async findProfile(): Promise<undefined> {
    return undefined;
  }

  release(): void {
    for (const resume of this.#waiting.splice(0)) resume();
  }
}

describe('the catalog', () => {
  it('is read anew only when something was committed, and tells of it', async () => {
    const registry = new SlowRegistry();
    const catalog = new Catalog(registry);
    await catalog.load();
    const told: string[][] = [];
    catalog.onChange(() => told.push(catalog.issuers.map(({ authority }) => authority.name)));
    expect(await catalog.refresh()).toBe(false);
    registry.commit(authorityOf('root'));
    expect(await catalog.refresh()).toBe(true);
    expect(await catalog.refresh()).toBe(false);
    expect([registry.readings, told]).toEqual([2, [['root']]]);
  });

  it('keeps the issuer of an authority that did not change, and makes a new one of what did', async () => {
    const registry = new SlowRegistry();
    registry.commit(authorityOf('root'), authorityOf('issuing'));
    const catalog = new Catalog(registry);
    await catalog.load();
    const [root, issuing] = catalog.issuers;
    registry.commit(authorityOf('root'), authorityOf('issuing', { state: 'retired', revision: 2 }));
    await catalog.refresh();
    expect(catalog.getIssuer('root')).toBe(root);
    expect(catalog.getIssuer('issuing')).not.toBe(issuing);
    expect(catalog.getIssuer('issuing').authority.state).toBe('retired');
  });

  it('never goes back to an earlier state, however long its reading takes', async () => {
    const registry = new SlowRegistry();
    const catalog = new Catalog(registry);
    registry.slow = true;
    registry.commit(authorityOf('root'));
    const early = catalog.load();
    await Promise.resolve();
    registry.commit(authorityOf('root'), authorityOf('issuing'));
    const late = catalog.load();
    registry.release();
    await early;
    await Promise.resolve();
    registry.slow = false;
    registry.release();
    await late;
    expect(catalog.issuers).toHaveLength(2);
  });

  it('stays as it is when it cannot be read, and is read the next time', async () => {
    const registry = new SlowRegistry();
    registry.commit(authorityOf('root'));
    const catalog = new Catalog(registry);
    await catalog.load();
    // An authority whose certificate this program cannot read.
    registry.commit(authorityOf('root', { revision: 2, certificateDer: Uint8Array.of(0x30, 0x00) }));
    await expect(catalog.refresh()).rejects.toThrow();
    expect(catalog.findIssuerByName('root')?.authority.revision).toBe(1);
    registry.commit(authorityOf('root', { revision: 3 }));
    expect(await catalog.refresh()).toBe(true);
    expect(catalog.findIssuerByName('root')?.authority.revision).toBe(3);
  });
});
