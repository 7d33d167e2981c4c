/** Profiles as they are administered: versions are added and never changed, one of them is in force. */
import { CaError } from '@touchmark/ca';
import type { AuditEvent, Profile, ProfileActivation, ProfileRules, ProfileState, ProfileVersion } from '@touchmark/ca';
import { profileOf } from '../catalog-registry.ts';
import { absent } from '../convert.ts';
import { where } from '../defined-where.ts';
import type { Prisma, PrismaClient } from '../generated/client.ts';
import { auditData } from './audit.ts';
import { keyOfCursor, pageOf, rowsToRead } from './page.ts';
import type { Page, PageRequest } from './page.ts';
import { asked } from './prisma-errors.ts';

export interface NewProfileVersion {
  readonly rules: ProfileRules;
  readonly createdAt: Date;
  readonly createdBy: string | undefined;
  readonly comment: string;
}

/** As certificates and intents count them. */
const maxVersion = 32_767;

type Transaction = Prisma.TransactionClient;

function unknownProfile(name: string): CaError {
  return new CaError('notFound', `There is no profile "${name}".`);
}

function changedMeanwhile(name: string): CaError {
  return new CaError(
    'conflict',
    `The profile "${name}" was changed since it was looked at. Look at it again, then decide.`,
  );
}

/** With a lock on the profile, under which versions and activations follow one another. @throws CaError `notFound`, `conflict` */
async function lockProfile(
  transaction: Transaction,
  name: string,
  revision: number | undefined,
): Promise<ProfileState> {
  const [locked] = await transaction.$queryRaw<Omit<ProfileState, 'latestVersion'>[]>`
    SELECT name, current_version AS "activeVersion", revision FROM profile WHERE name = ${name} FOR UPDATE`;
  if (locked === undefined) throw unknownProfile(name);
  if (revision !== undefined && locked.revision !== revision) throw changedMeanwhile(name);
  // Asked only once the lock is held: a statement sees what was committed when it began, not while it waited.
  const { _max } = await transaction.profileVersion.aggregate({ where: where({ name }), _max: { version: true } });
  return { ...locked, latestVersion: _max.version ?? 0 };
}

async function insertVersion(
  transaction: Transaction,
  name: string,
  version: number,
  { rules, createdAt, createdBy, comment }: NewProfileVersion,
): Promise<void> {
  if (version > maxVersion) {
    throw new CaError('conflict', `The profile "${name}" has ${maxVersion} versions, and no room for more.`);
  }
  await transaction.profileVersion.create({
    data: { name, version, rules: structuredClone(rules), createdAt, createdBy: createdBy ?? null, comment },
  });
}

async function activate(transaction: Transaction, name: string, { version, at, by }: ProfileActivation): Promise<void> {
  await transaction.profileActivation.create({ data: { name, version, activatedAt: at, activatedBy: by ?? null } });
}

async function record(transaction: Transaction, audits: readonly AuditEvent[]): Promise<void> {
  for (const audit of audits) await transaction.auditEvent.create({ data: auditData(audit) });
}

export function createProfileAdmin(prisma: PrismaClient) {
  const findStates = (name: string | undefined): Promise<ProfileState[]> =>
    asked(
      () => prisma.$queryRaw<ProfileState[]>`
        SELECT p.name, p.current_version AS "activeVersion", p.revision, max(v.version) AS "latestVersion"
        FROM profile AS p JOIN profile_version AS v ON v.name = p.name
        WHERE ${name ?? null}::text IS NULL OR p.name = ${name ?? null}
        GROUP BY p.name ORDER BY p.name`,
    );

  return {
    /** For the program itself: stores the rules as the next version of the profile and puts it in force. */
    async insertProfile(name: string, rules: ProfileRules, audit?: AuditEvent): Promise<Profile> {
      const at = audit?.at ?? new Date();
      return asked(
        () =>
          prisma.$transaction(async (transaction) => {
            const { currentVersion: version } = await transaction.profile.upsert({
              where: where({ name }),
              create: { name, currentVersion: 1 },
              update: { currentVersion: { increment: 1 }, revision: { increment: 1 } },
            });
            await insertVersion(transaction, name, version, {
              rules,
              createdAt: at,
              createdBy: undefined,
              comment: '',
            });
            await activate(transaction, name, { version, at, by: undefined });
            await record(transaction, audit === undefined ? [] : [audit]);
            return { name, version, rules };
          }),
        { conflict: `The profile "${name}" is being changed at this moment.` },
      );
    },

    /** Its first version is in force at once. @throws CaError `conflict` when the name is taken */
    async createProfile(name: string, first: NewProfileVersion, audits: readonly AuditEvent[]): Promise<void> {
      await asked(
        () =>
          prisma.$transaction(async (transaction) => {
            await transaction.profile.create({ data: { name, currentVersion: 1, createdAt: first.createdAt } });
            await insertVersion(transaction, name, 1, first);
            await activate(transaction, name, { version: 1, at: first.createdAt, by: first.createdBy });
            await record(transaction, audits);
          }),
        { conflict: `There is a profile "${name}" already.` },
      );
    },

    /**
     * Adds a version, which is not in force yet.
     * @param revision as the caller saw the profile; undefined: whatever it is
     * @throws CaError `notFound`, `conflict` when the profile was changed meanwhile
     */
    async addProfileVersion(
      name: string,
      version: NewProfileVersion,
      revision: number | undefined,
      auditOf: (version: number) => AuditEvent,
    ): Promise<ProfileState> {
      return asked(() =>
        prisma.$transaction(async (transaction) => {
          const state = await lockProfile(transaction, name, revision);
          const latestVersion = state.latestVersion + 1;
          await insertVersion(transaction, name, latestVersion, version);
          await transaction.profile.update({ where: where({ name }), data: { revision: { increment: 1 } } });
          await record(transaction, [auditOf(latestVersion)]);
          return { ...state, latestVersion, revision: state.revision + 1 };
        }),
      );
    },

    /** Puts a version in force. @throws CaError `notFound`, `conflict` when the profile was changed meanwhile */
    async activateProfileVersion(
      name: string,
      activation: ProfileActivation,
      revision: number | undefined,
      audit: AuditEvent,
    ): Promise<ProfileState> {
      return asked(
        () =>
          prisma.$transaction(async (transaction) => {
            const state = await lockProfile(transaction, name, revision);
            await activate(transaction, name, activation);
            await transaction.profile.update({
              where: where({ name }),
              data: { currentVersion: activation.version, revision: { increment: 1 } },
            });
            await record(transaction, [audit]);
            return { ...state, activeVersion: activation.version, revision: state.revision + 1 };
          }),
        { missing: `The profile "${name}" has no version ${activation.version}.` },
      );
    },

    listProfileStates: (): Promise<readonly ProfileState[]> => findStates(undefined),

    /** @throws CaError `notFound` */
    async getProfileState(name: string): Promise<ProfileState> {
      const [state] = await findStates(name);
      if (state === undefined) throw unknownProfile(name);
      return state;
    },

    /** @throws CaError `notFound` */
    async getProfileVersion(name: string, version: number): Promise<ProfileVersion> {
      const row =
        version > maxVersion
          ? null
          : await asked(() =>
              prisma.profileVersion.findUnique({
                where: where({ name_version: { name, version } }),
                include: { activations: newestActivation },
              }),
            );
      if (row === null) throw new CaError('notFound', `The profile "${name}" has no version ${version}.`);
      return versionOf(row);
    },

    /** Newest first. */
    async listProfileVersions(name: string, page: PageRequest): Promise<Page<ProfileVersion>> {
      const before = keyOfCursor(page, /^\d{1,5}$/);
      const rows = await asked(() =>
        prisma.profileVersion.findMany({
          where: where({ name, ...(before === undefined ? {} : { version: { lt: Number(before) } }) }),
          include: { activations: newestActivation },
          orderBy: { version: 'desc' },
          take: rowsToRead(page),
        }),
      );
      return pageOf(rows, page, ({ version }) => String(version), versionOf);
    },

    /** The version that was in force at that time; undefined before the first. */
    async findVersionInForce(name: string, at: Date): Promise<number | undefined> {
      const row = await asked(() =>
        prisma.profileActivation.findFirst({
          where: where({ name, activatedAt: { lte: at } }),
          orderBy: { position: 'desc' },
        }),
      );
      return row?.version;
    },

    /** The version that was in force before the one that is; undefined when there was no other. */
    async findVersionBefore(name: string, activeVersion: number): Promise<number | undefined> {
      const row = await asked(() =>
        prisma.profileActivation.findFirst({
          where: where({ name, version: { not: activeVersion } }),
          orderBy: { position: 'desc' },
        }),
      );
      return row?.version;
    },
  };
}

const newestActivation = { orderBy: { position: 'desc' }, take: 1 } as const;

function versionOf(row: {
  readonly name: string;
  readonly version: number;
  readonly rules: unknown;
  readonly createdAt: Date;
  readonly createdBy: string | null;
  readonly comment: string;
  readonly activations: readonly { readonly activatedAt: Date }[];
}): ProfileVersion {
  return {
    ...profileOf(row),
    createdAt: row.createdAt,
    createdBy: absent(row.createdBy),
    comment: row.comment,
    activatedAt: row.activations[0]?.activatedAt,
  };
}
