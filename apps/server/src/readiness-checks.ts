/** What must hold before the service is ready: each check says what it found, or what is wrong and how to mend it. */
import { CaError } from '@touchmark/ca';
import type { Catalog, Clock, Issuer, SignerSource, SigningGate } from '@touchmark/ca';
import type { KeyStore } from '@touchmark/keystore';
import type { Registry } from '@touchmark/store';
import type { CatalogWatch } from './catalog-watch.ts';
import type { OwnCertificates } from './own-certificates.ts';
import type { Readiness, ReadinessCheck } from './readiness.ts';

export interface ReadinessDependencies {
  readonly registry: Pick<Registry, 'pool' | 'admin'>;
  readonly catalog: Catalog;
  readonly catalogWatch: CatalogWatch;
  readonly signers: SignerSource;
  readonly keys: KeyStore;
  readonly gate: SigningGate;
  readonly clock: Clock;
  readonly own: OwnCertificates;
}

export function addReadinessChecks(readiness: Readiness, dependencies: ReadinessDependencies): void {
  const { registry, catalog, catalogWatch, gate, clock, own } = dependencies;
  readiness.add({
    name: 'registry',
    run: async () => {
      await registry.pool.query('SELECT 1');
      return 'answers';
    },
  });
  readiness.add({ name: 'catalog', run: async () => catalogWatch.check() });
  readiness.add({
    name: 'signing',
    run: async () => {
      gate.now();
      return 'allowed';
    },
  });
  readiness.addEach(() => catalog.issuers.flatMap((issuer) => checksOf(issuer, dependencies)));
  readiness.add({
    name: 'listenerCertificate',
    run: async () => `until ${inTime(own.listener.notAfter, clock, 'the certificate of the listeners')}`,
  });
}

/** Clients are told that the key is not available; the operator is told why. */
function withReason(error: unknown): never {
  throw error instanceof CaError && error.cause instanceof Error ? error.cause : error;
}

/** Key, certificate, CRLs and responder of one authority. */
function checksOf({ authority, certificate, signatureAlgorithm }: Issuer, dependencies: ReadinessDependencies) {
  const { registry, signers, keys, clock, own } = dependencies;
  const { id, name } = authority;
  const checks: ReadinessCheck[] = [
    {
      name: `key:${name}`,
      run: async () => {
        await signers.getSigner(authority.keyId, signatureAlgorithm).catch(withReason);
        await keys.checkKey(authority.keyId);
        return `loaded; certificate until ${inTime(certificate.notAfter, clock, `the authority "${name}"`)}`;
      },
    },
    {
      name: `ocsp:${name}`,
      run: async () =>
        `responder until ${inTime(own.responders.notAfter(id), clock, `the OCSP responder certificate of "${name}"`)}`,
    },
  ];
  if (own.recipients.isAsked(id)) {
    const what = `the certificate of the SCEP RA of "${name}"`;
    checks.push({
      name: `scep:${name}`,
      run: async () => `RA until ${inTime(own.recipients.notAfter(id), clock, what)}`,
    });
  }
  for (let shard = 0; shard < authority.crlShards; shard++) {
    checks.push({ name: `crl:${name}/${shard}`, run: () => checkCrl(registry, id, shard, clock) });
  }
  return checks;
}

async function checkCrl(
  registry: ReadinessDependencies['registry'],
  authorityId: string,
  shard: number,
  clock: Clock,
): Promise<string> {
  const latest = (await registry.admin.listCrls(authorityId)).find((crl) => crl.shard === shard);
  if (latest === undefined) throw new Error('none is published yet; is a node with the role "worker" running?');
  const waitingSeconds = (clock.now().getTime() - (latest.dirtySince ?? clock.now()).getTime()) / 1000;
  if (waitingSeconds > 60) {
    throw new Error('a revocation waits for its CRL for more than a minute; is a node with the role "worker" running?');
  }
  return `number ${latest.number} until ${inTime(latest.nextUpdate, clock, 'the CRL; is a node with the role "worker" running?')}`;
}

function inTime(end: Date | undefined, clock: Clock, what: string): string {
  if (end === undefined) throw new Error(`${what} is missing`);
  if (end <= clock.now()) throw new Error(`past its end (${end.toISOString()}): ${what}`);
  return end.toISOString();
}
