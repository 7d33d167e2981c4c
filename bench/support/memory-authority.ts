/** The issuance cycle as the service composes it, over a registry in memory. */
import { randomUUID } from 'node:crypto';
import {
  Catalog,
  CertificatePreparer,
  EnrollmentService,
  Issuance,
  defaultSettings,
  newEnrollmentSecret,
  PrincipalIssuance,
  readyProfiles,
  SigningGate,
  plainEndpoint,
} from '@touchmark/ca';
import type {
  Authority,
  EnrollmentDependencies,
  EnrollmentEndpoint,
  EnrollmentSecret,
  IssuanceRegistry,
  PendingRegistry,
} from '@touchmark/ca';
import { createRandomBytes } from '@touchmark/crypto';
import type { KeyAlgorithmName } from '@touchmark/crypto';
import { createTestAuthority } from '@touchmark/testkit';
import type { TestAuthority, TestCa } from '@touchmark/testkit';
import { MemoryIssuanceRegistry } from './memory-registry.ts';

export const endpointLabel = 'factory';
export const publicUrl = 'http://127.0.0.1:8080';

export interface MemoryAuthority {
  readonly authority: TestAuthority;
  readonly catalog: Catalog;
  /** Unbound, with uses for every request of a benchmark. */
  readonly secret: string;
  /** What a registry that is not in memory has to know beforehand. */
  readonly setup: RegistrySetup;
  /** Knows the secret and nothing else. */
  newRegistry(): MemoryIssuanceRegistry;
  /** With an empty registry in memory, so that requests can be made again, unless another one is given. */
  newEnrollmentService(registry?: IssuanceRegistry, pending?: PendingRegistry): EnrollmentService;
  newPrincipalIssuance(registry: IssuanceRegistry): PrincipalIssuance;
}

export interface MemoryAuthorityOptions {
  /** Of the authority's key. */
  readonly keyAlgorithm?: KeyAlgorithmName;
  /** Of the only devices that it takes; as the authority's unless told otherwise. */
  readonly deviceKeyAlgorithm?: KeyAlgorithmName;
  readonly protocol?: EnrollmentEndpoint['protocol'];
}

export interface RegistrySetup {
  readonly authorities: readonly Authority[];
  readonly endpoint: EnrollmentEndpoint;
  readonly secret: EnrollmentSecret;
}

export async function createMemoryAuthority({
  keyAlgorithm = 'ec-p256',
  deviceKeyAlgorithm = keyAlgorithm,
  protocol = 'est',
}: MemoryAuthorityOptions = {}): Promise<MemoryAuthority> {
  const clock = { now: () => new Date() };
  const random = createRandomBytes();
  const authority = await createTestAuthority({ name: 'Memory', keyAlgorithm });
  const authorities = authoritiesOf(authority, keyAlgorithm);
  const endpoint = endpointFor(authorities.issuing.id, deviceKeyAlgorithm, protocol);
  const catalog = await loadCatalog([authorities.root, authorities.issuing], endpoint);
  const { id, secret, secretSha256 } = newEnrollmentSecret(random);
  const stored: EnrollmentSecret = {
    id,
    endpointLabel,
    secretSha256,
    deviceId: undefined,
    maxUses: 0x7fff_ffff,
    uses: 0,
    createdAt: clock.now(),
    expiresAt: new Date(Date.now() + 86_400_000),
    revokedAt: undefined,
    lockedUntil: undefined,
  };
  const newRegistry = (): MemoryIssuanceRegistry => new MemoryIssuanceRegistry([stored]);
  const newIssuance = (registry: IssuanceRegistry): Omit<EnrollmentDependencies, 'onFailure'> => {
    const gate = new SigningGate(clock, new Date(0));
    gate.open();
    const signers = { getSigner: async () => authority.issuing.signer };
    const issuance = new Issuance({ registry, signers, gate, randomBytes: random });
    const preparer = new CertificatePreparer(publicUrl, random);
    return { catalog, registry, issuance, preparer, gate, clock, randomBytes: random };
  };
  return {
    authority,
    catalog,
    secret,
    setup: { authorities: [authorities.root, authorities.issuing], endpoint, secret: stored },
    newRegistry,
    newEnrollmentService: (registry = newRegistry(), pending) =>
      new EnrollmentService({
        ...newIssuance(registry),
        pending,
        onFailure: (error) => console.error(error),
      }),
    newPrincipalIssuance: (registry) => new PrincipalIssuance(newIssuance(registry)),
  };
}

function authoritiesOf(
  { root, issuing }: TestAuthority,
  keyAlgorithm: KeyAlgorithmName,
): Readonly<Record<'root' | 'issuing', Authority>> {
  const common = { ...defaultSettings(keyAlgorithm), revision: 1 };
  const rootId = randomUUID();
  const of = ({ certificateDer, signer }: TestCa) => ({
    ...common,
    certificateDer,
    signatureAlgorithm: signer.algorithm.name,
  });
  return {
    root: { ...of(root), id: rootId, name: 'root', kind: 'root', issuerId: undefined, keyId: 'root' },
    issuing: { ...of(issuing), id: randomUUID(), name: 'issuing', kind: 'issuing', issuerId: rootId, keyId: 'issuing' },
  };
}

function endpointFor(
  authorityId: string,
  keyAlgorithm: KeyAlgorithmName,
  protocol: EnrollmentEndpoint['protocol'],
): EnrollmentEndpoint {
  const { device } = readyProfiles;
  if (device === undefined) throw new Error('There is no ready profile "device".');
  return {
    label: endpointLabel,
    protocol,
    authorityId,
    profile: { name: 'device', version: 1, rules: { ...device, keyAlgorithms: [keyAlgorithm] } },
    acceptsSecret: true,
    acceptsCertificate: true,
    ...plainEndpoint,
    enabled: true,
    revision: 1,
  };
}

async function loadCatalog(authorities: readonly Authority[], endpoint: EnrollmentEndpoint): Promise<Catalog> {
  const catalog = new Catalog({
    readGeneration: async () => 1n,
    readCatalog: async () => ({ generation: 1n, authorities, endpoints: [endpoint] }),
    findProfile: async () => endpoint.profile,
  });
  await catalog.load();
  return catalog;
}
