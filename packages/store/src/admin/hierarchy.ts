/** Authorities and endpoints as they are set up, and the profiles that are in force. */
import { CaError, authorityRetired } from '@touchmark/ca';
import type { AuditEvent, Authority, AuthoritySettings, EnrollmentEndpoint, Profile } from '@touchmark/ca';
import { PostgresCatalogRegistry } from '../catalog-registry.ts';
import { bytes, storableJson } from '../convert.ts';
import { where } from '../defined-where.ts';
import { Prisma } from '../generated/client.ts';
import type { PrismaClient } from '../generated/client.ts';
import { auditData, auditOf } from './audit.ts';
import { asked } from './prisma-errors.ts';

type OptionalSettings = 'challenge' | 'approval' | 'acceptsAnyone' | 'protocolSettings';

export type NewEndpoint = Omit<EnrollmentEndpoint, 'profile' | 'enabled' | 'revision' | OptionalSettings> &
  Partial<Pick<EnrollmentEndpoint, OptionalSettings>> & { readonly profileName: string };

export type EndpointChanges = Pick<
  EnrollmentEndpoint,
  'authorityId' | 'acceptsSecret' | 'acceptsCertificate' | 'enabled' | OptionalSettings
> & { readonly profileName: string };

/** As Prisma takes them; what is absent is left to the defaults of the table. */
function endpointData<Settings extends Partial<Pick<EnrollmentEndpoint, OptionalSettings>>>(settings: Settings) {
  const { challenge, protocolSettings, ...plain } = settings;
  return {
    ...plain,
    challenge: challenge === undefined ? Prisma.DbNull : jsonOf(challenge),
    ...(protocolSettings === undefined ? {} : { protocolSettings: jsonOf(protocolSettings) }),
  };
}

function jsonOf(value: object): Prisma.InputJsonObject {
  return JSON.parse(storableJson(value)) as Prisma.InputJsonObject;
}

/**
 * Who revokes an authority retires all below it: what is added meanwhile waits for that, and is not left out of it.
 * @throws CaError `authorityRetired`
 */
async function checkIssuerInUse(transaction: Prisma.TransactionClient, issuerId: string | null): Promise<void> {
  if (issuerId === null) return;
  const [issuer] = await transaction.$queryRaw<{ name: string; state: Authority['state'] }[]>`
    SELECT name, state::text FROM authority WHERE id = ${issuerId}::uuid FOR SHARE`;
  if (issuer?.state === 'retired') throw authorityRetired(issuer.name);
}

export function createHierarchyAdmin(prisma: PrismaClient) {
  const catalog = new PostgresCatalogRegistry(prisma);
  return {
    listAuthorities: async (): Promise<readonly Authority[]> => (await catalog.readCatalog()).authorities,
    listEndpoints: async (): Promise<readonly EnrollmentEndpoint[]> => (await catalog.readCatalog()).endpoints,
    listProfiles: (): Promise<readonly Profile[]> => catalog.listProfiles(),
    findProfile: (name: string): Promise<Profile | undefined> => catalog.findProfile(name),

    /** With the shards of its CRL. @throws CaError `conflict` when name or id are taken, `authorityRetired` of its issuer */
    async insertAuthority(authority: Authority, audit?: AuditEvent): Promise<void> {
      const { id, name, issuerId = null, certificateDer, crlShards } = authority;
      const shards = Array.from({ length: crlShards }, (_, shard) => ({ authorityId: id, shard }));
      await asked(
        () =>
          prisma.$transaction(async (transaction) => {
            await checkIssuerInUse(transaction, issuerId);
            await transaction.authority.create({
              data: { ...authority, issuerId, certificateDer: bytes(certificateDer) },
            });
            await transaction.crlShard.createMany({ data: shards });
            if (audit !== undefined) await transaction.auditEvent.create({ data: auditData(audit) });
          }),
        {
          conflict: `There is an authority "${name}" already.`,
          missing: 'The issuer of the authority is not on record.',
        },
      );
    },

    /**
     * Gives the authority these settings, if nobody changed it since it was at that revision, and the shards that it lacks.
     * @throws CaError `conflict`
     */
    async updateAuthority(
      { id, name, revision }: Pick<Authority, 'id' | 'name' | 'revision'>,
      settings: AuthoritySettings,
      audit: AuditEvent,
    ): Promise<void> {
      const shards = Array.from({ length: settings.crlShards }, (_, shard) => ({ authorityId: id, shard }));
      await asked(() =>
        prisma.$transaction(async (transaction) => {
          const { count } = await transaction.authority.updateMany({
            where: where({ id, revision }),
            data: { ...settings, revision: { increment: 1 } },
          });
          if (count === 0) throw changedMeanwhile(`authority "${name}"`);
          await transaction.crlShard.createMany({ data: shards, skipDuplicates: true });
          await transaction.auditEvent.create({ data: auditData(audit) });
        }),
      );
    },

    /** As `updateAuthority`. @throws CaError `conflict`, or `notFound` for an unknown authority or profile */
    async updateEndpoint(
      { label, revision }: Pick<EnrollmentEndpoint, 'label' | 'revision'>,
      changes: EndpointChanges,
      audit: AuditEvent,
    ): Promise<void> {
      await asked(
        () =>
          prisma.$transaction(async (transaction) => {
            const { count } = await transaction.enrollmentEndpoint.updateMany({
              where: where({ label, revision }),
              data: { ...endpointData(changes), revision: { increment: 1 } },
            });
            if (count === 0) throw changedMeanwhile(`endpoint "${label}"`);
            await transaction.auditEvent.create({ data: auditData(audit) });
          }),
        { missing: 'The authority or the profile of the endpoint does not exist.' },
      );
    },

    /** @throws CaError `conflict` when the label is taken, `notFound` for an unknown authority or profile */
    async insertEndpoint(endpoint: NewEndpoint, audit?: AuditEvent): Promise<void> {
      const { label, profileName } = endpoint;
      await asked(
        () =>
          prisma.$transaction([
            prisma.enrollmentEndpoint.create({
              data: endpointData(endpoint),
            }),
            ...auditOf(prisma, audit),
          ]),
        {
          conflict: `There is an endpoint "${label}" already.`,
          missing: `The authority or the profile "${profileName}" of the endpoint does not exist.`,
        },
      );
    },
  };
}

function changedMeanwhile(what: string): CaError {
  return new CaError('conflict', `The ${what} was changed at this moment. Look at it again, then decide.`);
}
