/** The issuance cycle as the service composes it, over a registry in memory. */
import {
  Catalog,
  CertificatePreparer,
  EnrollmentService,
  Issuance,
  defaultSettings,
  newEnrollmentSecret,
  readyProfiles,
  SigningGate,
} from '@touchmark/ca';
import type { Authority, EnrollmentSecret, Profile } from '@touchmark/ca';
import { createRandomBytes } from '@touchmark/crypto';
import { createTestAuthority } from '@touchmark/testkit';
import type { TestAuthority } from '@touchmark/testkit';
import { MemoryIssuanceRegistry } from './memory-registry.ts';

export const endpointLabel = 'factory';
export const publicUrl = 'http://127.0.0.1:8080';

export interface MemoryAuthority {
  readonly authority: TestAuthority;
  readonly catalog: Catalog;
  /** Unbound, with uses for every request of a benchmark. */
  readonly secret: string;
  /** With an empty registry, so that requests can be made again. */
  newEnrollmentService(): EnrollmentService;
}

export async function createMemoryAuthority(): Promise<MemoryAuthority> {
  const clock = { now: () => new Date() };
  const random = createRandomBytes();
  const authority = await createTestAuthority({ name: 'Memory' });
  const catalog = await loadCatalog(authority);
  const { id, secret, secretSha256 } = newEnrollmentSecret(random);
  const stored: EnrollmentSecret = {
    id,
    endpointLabel,
    secretSha256,
    deviceId: undefined,
    maxUses: Number.MAX_SAFE_INTEGER,
    uses: 0,
    createdAt: clock.now(),
    expiresAt: new Date(Date.now() + 86_400_000),
    revokedAt: undefined,
    lockedUntil: undefined,
  };
  return {
    authority,
    catalog,
    secret,
    newEnrollmentService() {
      const registry = new MemoryIssuanceRegistry([stored]);
      const gate = new SigningGate(clock, new Date(0));
      gate.open();
      const signers = { getSigner: async () => authority.issuing.signer };
      const issuance = new Issuance({ registry, signers, gate, randomBytes: random });
      const preparer = new CertificatePreparer(publicUrl, random);
      const onFailure = (error: unknown): void => console.error(error);
      return new EnrollmentService({
        catalog,
        registry,
        issuance,
        preparer,
        gate,
        clock,
        randomBytes: random,
        onFailure,
      });
    },
  };
}

async function loadCatalog({ root, issuing }: TestAuthority): Promise<Catalog> {
  const authorities: Authority[] = [
    {
      id: 'root',
      name: 'root',
      kind: 'root',
      issuerId: undefined,
      certificateDer: root.certificateDer,
      keyId: 'root',
      ...defaultSettings('ec-p256'),
      signatureAlgorithm: root.signer.algorithm.name,
      revision: 1,
    },
    {
      id: 'issuing',
      name: 'issuing',
      kind: 'issuing',
      issuerId: 'root',
      certificateDer: issuing.certificateDer,
      keyId: 'issuing',
      ...defaultSettings('ec-p256'),
      signatureAlgorithm: issuing.signer.algorithm.name,
      revision: 1,
    },
  ];
  const rules = readyProfiles.device;
  if (rules === undefined) throw new Error('There is no ready profile "device".');
  const profile: Profile = { name: 'device', version: 1, rules };
  const catalog = new Catalog({
    readGeneration: async () => 1n,
    readCatalog: async () => ({
      generation: 1n,
      authorities,
      endpoints: [
        {
          label: endpointLabel,
          protocol: 'est',
          authorityId: 'issuing',
          profile,
          acceptsSecret: true,
          acceptsCertificate: true,
          enabled: true,
          revision: 1,
        },
      ],
    }),
    findProfile: async () => profile,
  });
  await catalog.load();
  return catalog;
}
