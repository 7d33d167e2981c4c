/** What must hold before the service is ready: each check says what it found, or what is wrong and how to mend it. */
import { CaError } from '@touchmark/ca';
import type { Catalog, Clock, SignerSource, SigningGate } from '@touchmark/ca';
import type { KeyStore } from '@touchmark/keystore';
import type { Registry } from '@touchmark/store';
import type { OwnCertificates } from './own-certificates.ts';
import type { Readiness } from './readiness.ts';

export interface ReadinessDependencies {
  readonly registry: Pick<Registry, 'pool' | 'admin'>;
  readonly catalog: Catalog;
  readonly signers: SignerSource;
  readonly keys: KeyStore;
  readonly gate: SigningGate;
  readonly clock: Clock;
  readonly own: OwnCertificates;
}

export function addReadinessChecks(readiness: Readiness, dependencies: ReadinessDependencies): void {
  const { registry, catalog, signers, keys, gate, clock, own } = dependencies;
  readiness.add({
    name: 'registry',
    run: async () => {
      await registry.pool.query('SELECT 1');
      return 'answers';
    },
  });
  readiness.add({
    name: 'signing',
    run: async () => {
      gate.now();
      return 'allowed';
    },
  });
  for (const { authority, certificate } of catalog.issuers) {
    readiness.add({
      name: `key:${authority.name}`,
      run: async () => {
        await signers.getSigner(authority.keyId).catch(withReason);
        await keys.checkKey(authority.keyId);
        return `loaded; certificate until ${inTime(certificate.notAfter, clock, `the authority "${authority.name}"`)}`;
      },
    });
    for (let shard = 0; shard < authority.crlShards; shard++) {
      readiness.add({
        name: `crl:${authority.name}/${shard}`,
        run: async () => {
          const latest = (await registry.admin.listCrls(authority.id)).find((crl) => crl.shard === shard);
          if (latest === undefined) throw new Error('none is published yet; is a node with the role "worker" running?');
          const waitingSeconds = (clock.now().getTime() - (latest.dirtySince ?? clock.now()).getTime()) / 1000;
          if (waitingSeconds > 60) {
            throw new Error(
              'a revocation waits for its CRL for more than a minute; is a node with the role "worker" running?',
            );
          }
          return `number ${latest.number} until ${inTime(latest.nextUpdate, clock, 'the CRL; is a node with the role "worker" running?')}`;
        },
      });
    }
  }
  readiness.add({
    name: 'ocsp',
    run: async () => `responders until ${inTime(own.responders.notAfter, clock, 'an OCSP responder certificate')}`,
  });
  readiness.add({
    name: 'listenerCertificate',
    run: async () => `until ${inTime(own.listener.notAfter, clock, 'the certificate of the listeners')}`,
  });
}

/** Clients are told that the key is not available; the operator is told why. */
function withReason(error: unknown): never {
  throw error instanceof CaError && error.cause instanceof Error ? error.cause : error;
}

function inTime(end: Date | undefined, clock: Clock, what: string): string {
  if (end === undefined) throw new Error(`${what} is missing`);
  if (end <= clock.now()) throw new Error(`past its end (${end.toISOString()}): ${what}`);
  return end.toISOString();
}
