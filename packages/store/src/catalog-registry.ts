/** Authorities, endpoints and profiles: what seldom changes. */
import { CaError, ProfileRules } from '@touchmark/ca';
import type { Authority, CatalogRegistry, EnrollmentEndpoint, Profile } from '@touchmark/ca';
import { absent, bytes } from './convert.ts';
import type { PrismaClient } from './generated/client.ts';

interface AuthorityRow {
  readonly id: string;
  readonly name: string;
  readonly kind: Authority['kind'];
  readonly issuerId: string | null;
  readonly certificateDer: Uint8Array;
  readonly keyId: string;
  readonly crlShards: number;
}

export class PostgresCatalogRegistry implements CatalogRegistry {
  readonly #prisma: PrismaClient;

  constructor(prisma: PrismaClient) {
    this.#prisma = prisma;
  }

  async listAuthorities(): Promise<readonly Authority[]> {
    const rows = await this.#prisma.authority.findMany({ orderBy: { createdAt: 'asc' } });
    return rows.map(authorityOf);
  }

  async listEndpoints(): Promise<readonly EnrollmentEndpoint[]> {
    const [endpoints, profiles] = await Promise.all([
      this.#prisma.enrollmentEndpoint.findMany({ orderBy: { label: 'asc' } }),
      this.listProfiles(),
    ]);
    const byName = new Map(profiles.map((profile) => [profile.name, profile]));
    return endpoints.map(({ label, protocol, authorityId, profileName, acceptsSecret, acceptsCertificate }) => {
      const profile = byName.get(profileName);
      if (profile === undefined) throw new CaError('internal', `The endpoint "${label}" has no profile.`);
      return { label, protocol: protocolOf(protocol), authorityId, profile, acceptsSecret, acceptsCertificate };
    });
  }

  /** The current version of each. */
  async listProfiles(): Promise<readonly Profile[]> {
    const rows = await this.#prisma.profile.findMany({ include: { versions: true }, orderBy: { name: 'asc' } });
    return rows.map(currentProfile);
  }

  async findProfile(name: string): Promise<Profile | undefined> {
    const row = await this.#prisma.profile.findUnique({ where: { name }, include: { versions: true } });
    return row === null ? undefined : currentProfile(row);
  }
}

function authorityOf({ id, name, kind, issuerId, certificateDer, keyId, crlShards }: AuthorityRow): Authority {
  return { id, name, kind, issuerId: absent(issuerId), certificateDer: bytes(certificateDer), keyId, crlShards };
}

interface ProfileRow {
  readonly name: string;
  readonly currentVersion: number;
  readonly versions: readonly { readonly version: number; readonly rules: unknown }[];
}

/** Rules are checked again on the way out: what this program cannot understand, it must not issue by. */
function currentProfile({ name, currentVersion, versions }: ProfileRow): Profile {
  const current = versions.find(({ version }) => version === currentVersion);
  const rules = ProfileRules.safeParse(current?.rules);
  if (!rules.success) {
    throw new CaError('internal', `The rules of the profile "${name}" version ${currentVersion} cannot be read.`, {
      cause: rules.error,
    });
  }
  return { name, version: currentVersion, rules: rules.data };
}

function protocolOf(text: string): EnrollmentEndpoint['protocol'] {
  if (text !== 'est' && text !== 'scep')
    throw new CaError('internal', `The registry holds an unknown protocol "${text}".`);
  return text;
}
