/** A root, an issuing authority and everything that publishes and serves their CRLs. */
import { CaError } from '@touchmark/ca';
import type { Issuer } from '@touchmark/ca';
import type { KeyAlgorithmName, Signer } from '@touchmark/crypto';
import { createCrlHandler, createCrlPublisher } from '../../src/index.ts';
import type { CrlPublisherDependencies } from '../../src/index.ts';
import { MemoryCrlRegistry } from './crl-registry.ts';
import { certifyAuthority, frozenNow, toIssuer } from './pki.ts';
import type { Identity } from './pki.ts';

export interface FixtureOptions {
  readonly publicUrl?: string;
  readonly crlShards?: number;
  readonly keyAlgorithm?: KeyAlgorithmName;
  readonly now?: Date;
  readonly publisher?: Partial<CrlPublisherDependencies>;
}

export async function createFixture(options: FixtureOptions = {}) {
  const { publicUrl = 'http://ca.example', crlShards = 1, keyAlgorithm = 'ec-p256' } = options;
  const rootIdentity = await certifyAuthority('Root', undefined, undefined, keyAlgorithm);
  const issuingIdentity = await certifyAuthority('Issuing', rootIdentity, `${publicUrl}/pki/root.crl`, keyAlgorithm);
  const root = toIssuer(rootIdentity, { id: 'root-id', name: 'root', kind: 'root', issuerId: undefined, crlShards: 1 });
  const issuing = toIssuer(issuingIdentity, {
    id: 'issuing-id',
    name: 'issuing',
    kind: 'issuing',
    issuerId: 'root-id',
    crlShards,
  });
  const registry = new MemoryCrlRegistry();
  const clock = {
    time: options.now ?? frozenNow,
    now: () => clock.time,
    advance: (milliseconds: number) => {
      clock.time = new Date(clock.time.getTime() + milliseconds);
    },
  };
  const issuers: readonly Issuer[] = [root, issuing];
  const identities = new Map<string, Identity>([
    ['root', rootIdentity],
    ['issuing', issuingIdentity],
  ]);
  const authorities = {
    issuers,
    getIssuer(id: string): Issuer {
      const issuer = issuers.find(({ authority }) => authority.id === id);
      if (issuer === undefined) throw new CaError('notReady', 'The issuing authority is not loaded.');
      return issuer;
    },
    findIssuerByName: (name: string) => issuers.find(({ authority }) => authority.name === name),
    chainOf: (id: string): readonly Issuer[] => (id === 'root-id' ? [root] : [issuing, root]),
  };
  const signers = {
    async getSigner(keyId: string): Promise<Signer> {
      const identity = identities.get(keyId);
      if (identity === undefined) throw new CaError('notReady', 'The key is not there.');
      return identity.signer;
    },
  };
  const publisher = createCrlPublisher({
    registry,
    signers,
    clock,
    authorities,
    publicUrl,
    sleep: async (milliseconds) => clock.advance(milliseconds),
    ...options.publisher,
  });
  const errors: unknown[] = [];
  const handler = createCrlHandler({ registry, clock, authorities, onError: (error) => errors.push(error) });
  return {
    rootIdentity,
    issuingIdentity,
    root,
    issuing,
    registry,
    clock,
    publisher,
    handler,
    errors,
    authorities,
    publicUrl,
  };
}

export type Fixture = Awaited<ReturnType<typeof createFixture>>;
