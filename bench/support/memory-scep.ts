/** SCEP as the service composes it, RA and all, over a registry in memory. */
import { createPublicKey } from 'node:crypto';
import { readyProfiles } from '@touchmark/ca';
import type { CrlRegistry, PendingRegistry } from '@touchmark/ca';
import type { KeyAlgorithmName } from '@touchmark/crypto';
import type { HttpHandler, HttpRequest } from '@touchmark/http';
import { createKeySealer, createSoftwareKeyStore } from '@touchmark/keystore';
import { createScepHandler } from '@touchmark/scep';
import { EnrollmentReports } from '../../apps/server/src/enrollment-reports.ts';
import { createLogger } from '../../apps/server/src/logger.ts';
import { Metrics } from '../../apps/server/src/metrics.ts';
import { CatalogScepAuthority } from '../../apps/server/src/scep-authority.ts';
import { ScepRecipients } from '../../apps/server/src/scep-recipients.ts';
import { createMemoryStore } from '../../packages/keystore/test/memory-store.ts';
import { createMemoryAuthority, endpointLabel } from './memory-authority.ts';
import type { MemoryAuthority } from './memory-authority.ts';
import type { MemoryIssuanceRegistry } from './memory-registry.ts';
import type { Holder } from './scep-message.ts';

export interface MemoryScep {
  readonly memory: MemoryAuthority;
  /** The RA, with its key: tests do what no client could. */
  readonly recipient: Holder;
  newHandler(options?: MemoryScepOptions): HttpHandler;
}

export interface MemoryScepOptions {
  /** An empty one unless given. */
  readonly registry?: MemoryIssuanceRegistry;
  /** None waits unless given. */
  readonly pending?: PendingRegistry;
  /** Of the issuing CA; none unless given. */
  readonly crls?: Pick<CrlRegistry, 'findLatest'>;
  /** Told of faults of the service. */
  readonly onError?: (error: unknown) => void;
}

const clock = { now: () => new Date() };

/** @param keyAlgorithm of the authority; devices have RSA-2048 */
export async function createMemoryScep(keyAlgorithm: KeyAlgorithmName = 'ec-p256'): Promise<MemoryScep> {
  const memory = await createMemoryAuthority({ keyAlgorithm, deviceKeyAlgorithm: 'rsa-2048', protocol: 'scep' });
  const { catalog } = memory;
  const keys = createSoftwareKeyStore({ sealer: createKeySealer('of memory'), store: createMemoryStore() });
  const rules = readyProfiles['scep-ra'];
  if (rules === undefined) throw new Error('There is no ready profile "scep-ra".');
  const recipients = new ScepRecipients({
    catalog,
    keys,
    principalIssuance: memory.newPrincipalIssuance(memory.newRegistry()),
    clock,
    profile: async () => ({ name: 'scep-ra', version: 1, rules }),
  });
  const [issuer] = catalog.issuers.filter(({ authority }) => authority.kind === 'issuing');
  if (issuer === undefined) throw new Error('There is no issuing authority.');
  const { certificate } = await recipients.findRegistrationAuthority(issuer);
  const privateKey = await keys.getPrivateKey(`scep:${issuer.authority.name}/rsa-2048`);
  const reports = new EnrollmentReports({ catalog, metrics: new Metrics(), logger: createLogger('silent') });
  return {
    memory,
    recipient: { certificate, privateKey, publicKey: createPublicKey(privateKey) },
    newHandler({
      registry = memory.newRegistry(),
      pending,
      crls = { findLatest: async () => undefined },
      onError = (error: unknown) => console.error(error),
    } = {}) {
      const enrollment = memory.newEnrollmentService(registry, pending);
      const authority = new CatalogScepAuthority({
        catalog,
        enrollment,
        certificates: registry,
        crls,
        recipients,
        reports,
        clock,
        onNextMissing: (error) => console.error(error),
      });
      return createScepHandler(authority, { onError });
    },
  };
}

/** A PKIOperation by POST, as a listener hands it on. */
export function scepPost(message: Uint8Array): HttpRequest {
  return {
    id: 'request',
    method: 'POST',
    path: `/scep/${endpointLabel}`,
    rawQuery: 'operation=PKIOperation',
    headers: new Map(),
    remoteAddress: '192.0.2.7',
    tls: undefined,
    readBody: async () => message,
  };
}
