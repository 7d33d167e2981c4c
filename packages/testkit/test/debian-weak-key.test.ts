import { expect, test } from '@jest/globals';
import { toHex } from '@touchmark/asn1';
import { isDebianWeakKey, sha256 } from '@touchmark/crypto';
import { debianWeakModulus } from '@touchmark/testkit';
import type { DebianProcess } from '@touchmark/testkit';

/**
 * SHA-256 of the moduli of published keys: HARICA made all of them with the programs of that time
 * (github.com/HARICA-official/debian-weak-keys, openssl 0.9.8g-8, process 10000).
 */
const published: readonly (Omit<DebianProcess, 'processId'> & { readonly modulusSha256: string })[] = [
  {
    architecture: 'amd64',
    randomFile: 'read',
    modulusSha256: '83c16bc55d74a519b87e0dbe6fb0775f889a123466570657aee1ff4e9108e1e2',
  },
  {
    architecture: 'amd64',
    randomFile: 'missing',
    modulusSha256: 'c096962887e2d88c0b8075c8a0fb52aa69717ab964935f871bafde37d620dc24',
  },
  {
    architecture: 'amd64',
    randomFile: 'unreadable',
    modulusSha256: 'ec3000b95b41f7118df4ddf8c98a15b7227aa830e571f041cf3961c5169bb3fd',
  },
  {
    architecture: 'i386',
    randomFile: 'unreadable',
    modulusSha256: '8c88273485758a374e5f5e6c699b638470e8f6b23fe9c49813078208a419fe4e',
  },
];

test.each(published)(
  'makes the key that was published for $architecture, random file $randomFile',
  ({ architecture, randomFile, modulusSha256 }) => {
    const modulus = debianWeakModulus({ processId: 10_000, architecture, randomFile });
    expect(toHex(sha256(modulus))).toBe(modulusSha256);
    expect(isDebianWeakKey(modulus)).toBe(true);
    expect(isDebianWeakKey(modulus.with(255, modulus[255]! ^ 2))).toBe(false);
  },
);
