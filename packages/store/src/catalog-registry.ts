/** Authorities, endpoints and profiles: what seldom changes. */
import { CaError, EndpointApproval, PrivateSettings, ProfileRules, StoredChallenge } from '@touchmark/ca';
import type { Authority, CatalogContents, CatalogRegistry, EnrollmentEndpoint, Profile } from '@touchmark/ca';
import { keyAlgorithmNames, signatureAlgorithms } from '@touchmark/crypto';
import type { KeyAlgorithmName, SignatureAlgorithmName } from '@touchmark/crypto';
import { asked } from './admin/prisma-errors.ts';
import { absent, bytes } from './convert.ts';
import type { Prisma, PrismaClient } from './generated/client.ts';

type AuthorityRow = Omit<Authority, 'issuerId' | 'signatureAlgorithm' | 'ocspKeyAlgorithm'> & {
  readonly issuerId: string | null;
  readonly signatureAlgorithm: string;
  readonly ocspKeyAlgorithm: string;
};

export class PostgresCatalogRegistry implements CatalogRegistry {
  readonly #prisma: PrismaClient;

  constructor(prisma: PrismaClient) {
    this.#prisma = prisma;
  }

  async readGeneration(): Promise<bigint> {
    return generationOf(await asked(() => this.#prisma.catalog.findFirst()));
  }

  async readCatalog(): Promise<CatalogContents> {
    const prisma = this.#prisma;
    const [catalog, authorities, endpoints, profiles] = await asked(() =>
      prisma.$transaction(
        [
          prisma.catalog.findFirst(),
          prisma.authority.findMany({ orderBy: { createdAt: 'asc' } }),
          prisma.enrollmentEndpoint.findMany({ orderBy: { label: 'asc' } }),
          findCurrentProfiles(prisma, undefined),
        ],
        { isolationLevel: 'RepeatableRead' },
      ),
    );
    const byName = new Map(profiles.map((row) => [row.name, row]));
    return {
      generation: generationOf(catalog),
      authorities: authorities.map(authorityOf),
      endpoints: endpoints.map((row) => endpointOf(row, byName)),
    };
  }

  /** The version in force of each. */
  async listProfiles(): Promise<readonly Profile[]> {
    return (await asked(() => findCurrentProfiles(this.#prisma, undefined))).map(profileOf);
  }

  async findProfile(name: string): Promise<Profile | undefined> {
    return (await asked(() => findCurrentProfiles(this.#prisma, name))).map(profileOf)[0];
  }
}

/** Of all the versions that there may be, those in force alone. */
function findCurrentProfiles(prisma: PrismaClient, name: string | undefined): Prisma.PrismaPromise<StoredProfile[]> {
  return prisma.$queryRaw<StoredProfile[]>`
    SELECT p.name, p.current_version AS version, v.rules
    FROM profile AS p LEFT JOIN profile_version AS v ON v.name = p.name AND v.version = p.current_version
    WHERE ${name ?? null}::text IS NULL OR p.name = ${name ?? null}
    ORDER BY p.name`;
}

function generationOf(row: { readonly generation: bigint } | null): bigint {
  if (row === null) throw new CaError('internal', 'The registry has lost the generation of its catalog.');
  return row.generation;
}

/** Only what the domain knows: the row has more. */
function authorityOf(row: AuthorityRow): Authority {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    issuerId: absent(row.issuerId),
    certificateDer: bytes(row.certificateDer),
    keyId: row.keyId,
    signatureAlgorithm: signatureAlgorithmOf(row.signatureAlgorithm),
    revision: row.revision,
    state: row.state,
    crlShards: row.crlShards,
    crlValiditySeconds: row.crlValiditySeconds,
    crlIntervalSeconds: row.crlIntervalSeconds,
    ocspValiditySeconds: row.ocspValiditySeconds,
    ocspKeyAlgorithm: keyAlgorithmOf(row.ocspKeyAlgorithm),
  };
}

interface EndpointRow extends Omit<
  EnrollmentEndpoint,
  'protocol' | 'profile' | 'challenge' | 'approval' | 'protocolSettings'
> {
  readonly protocol: string;
  readonly profileName: string;
  readonly challenge: unknown;
  readonly approval: string;
  readonly protocolSettings: unknown;
}

function endpointOf(row: EndpointRow, profiles: ReadonlyMap<string, StoredProfile>): EnrollmentEndpoint {
  const { label, authorityId, acceptsSecret, acceptsCertificate, enabled, revision } = row;
  const profile = profiles.get(row.profileName);
  if (profile === undefined) throw new CaError('internal', `The endpoint "${label}" has no profile.`);
  return {
    label,
    protocol: protocolOf(row.protocol),
    authorityId,
    profile: profileOf(profile),
    acceptsSecret,
    acceptsCertificate,
    challenge: row.challenge === null ? undefined : readSettings(StoredChallenge, row.challenge, label),
    approval: readSettings(EndpointApproval, row.approval, label),
    acceptsAnyone: row.acceptsAnyone,
    protocolSettings: readSettings(PrivateSettings, row.protocolSettings, label),
    enabled,
    revision,
  };
}

function readSettings<Schema extends typeof PrivateSettings | typeof StoredChallenge | typeof EndpointApproval>(
  schema: Schema,
  stored: unknown,
  label: string,
): ReturnType<Schema['parse']> {
  const settings = schema.safeParse(stored);
  if (settings.success) return settings.data as ReturnType<Schema['parse']>;
  throw new CaError('internal', `The settings of the endpoint "${label}" cannot be read.`, { cause: settings.error });
}

function signatureAlgorithmOf(text: string): SignatureAlgorithmName {
  const names = Object.keys(signatureAlgorithms) as SignatureAlgorithmName[];
  return known(names, text, 'signature algorithm');
}

function keyAlgorithmOf(text: string): KeyAlgorithmName {
  return known(keyAlgorithmNames, text, 'key algorithm');
}

/** What a newer program wrote is refused, not guessed. */
function known<T extends string>(names: readonly T[], text: string, what: string): T {
  const found = names.find((name) => name === text);
  if (found === undefined) throw new CaError('internal', `The registry holds an unknown ${what} "${text}".`);
  return found;
}

interface StoredProfile {
  readonly name: string;
  readonly version: number;
  readonly rules: unknown;
}

/** Rules are checked again on the way out: what this program cannot understand, it must not issue by. */
export function profileOf({ name, version, rules: stored }: StoredProfile): Profile {
  const rules = ProfileRules.safeParse(stored);
  if (!rules.success) {
    throw new CaError('internal', `The rules of the profile "${name}" version ${version} cannot be read.`, {
      cause: rules.error,
    });
  }
  return { name, version, rules: rules.data };
}

function protocolOf(text: string): EnrollmentEndpoint['protocol'] {
  return known(['est', 'scep'], text, 'protocol');
}
