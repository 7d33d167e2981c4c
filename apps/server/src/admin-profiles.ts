/** Profiles as administrators keep them: versions are added, looked at, and put in force. */
import type { Act, PreviewRefusal, ProfileForecast, ProfileRecord, ProfileServices } from '@touchmark/admin-api';
import { CaError, diffRules, findObstacles } from '@touchmark/ca';
import type { AuditEvent, Catalog, Clock, Profile } from '@touchmark/ca';
import type { AdminRegistry } from '@touchmark/store';
import type { AdminExplain } from './admin-explain.ts';
import type { ConcurrencyLimit } from './concurrency-limit.ts';

export interface AdminProfilesDependencies extends Pick<AdminExplain, 'judgeAnew' | 'resolveProfile'> {
  readonly admin: AdminRegistry;
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly previews: ConcurrencyLimit;
  readonly auditOf: (act: Act, action: string, subject: string, details?: AuditEvent['details']) => AuditEvent;
}

/** Enough to meet every kind of device of a line; a dry run of one takes about a millisecond. */
const sampleSize = 100;

export function createAdminProfiles(dependencies: AdminProfilesDependencies): ProfileServices {
  const { admin, catalog, clock, previews, judgeAnew, resolveProfile, auditOf } = dependencies;

  const recordOf = async (name: string): Promise<ProfileRecord> => {
    const state = await admin.getProfileState(name);
    const { rules } = await admin.getProfileVersion(name, state.activeVersion);
    return { name, version: state.activeVersion, latestVersion: state.latestVersion, revision: state.revision, rules };
  };

  const endpointsOf = (name: string) => catalog.endpoints.filter(({ profile }) => profile.name === name);

  /** What speaks against putting the candidate in force. */
  const judge = async (
    active: Profile,
    candidate: Profile,
    now: Date,
  ): Promise<Pick<ProfileForecast, 'sample' | 'obstacles'>> => {
    const attempts = await admin.sampleProfileRequests(active.name, now, sampleSize);
    const refused: PreviewRefusal[] = [];
    let refusedAnyway = 0;
    for (const attempt of attempts) {
      const { code, message } = await judgeAnew(attempt, candidate);
      if (code === undefined || message === undefined) continue;
      const today = await judgeAnew(attempt, active);
      if (today.outcome === 'refuse') refusedAnyway++;
      else refused.push({ attemptId: attempt.id, deviceId: attempt.deviceId, at: attempt.at, code, message });
    }
    const issuers = endpointsOf(active.name).map(({ authorityId }) => catalog.getIssuer(authorityId));
    return {
      sample: { requests: attempts.length, refusedAnyway, refused },
      obstacles: findObstacles(active, candidate, issuers, now),
    };
  };

  const preview = async (active: Profile, candidate: Profile): Promise<ProfileForecast> => {
    const now = clock.now();
    const { name } = active;
    return {
      name,
      activeVersion: active.version,
      version: candidate.version === 0 ? undefined : candidate.version,
      changes: diffRules(active.rules, candidate.rules),
      endpoints: endpointsOf(name).map(({ label }) => label),
      ...(await admin.readProfileUsage(name, now)),
      ...(await judge(active, candidate, now)),
    };
  };

  /** The version to put in force; undefined when it is in force already. */
  const chosenVersion = async (active: Profile, wanted: number | 'previous'): Promise<number | undefined> => {
    const version = wanted === 'previous' ? await admin.findVersionBefore(active.name, active.version) : wanted;
    if (version === undefined) {
      throw new CaError('conflict', `The profile "${active.name}" never had another version in force.`);
    }
    return version === active.version ? undefined : version;
  };

  return {
    async listProfiles() {
      const [states, profiles] = await Promise.all([admin.listProfileStates(), admin.listProfiles()]);
      const byName = new Map(profiles.map((profile) => [profile.name, profile]));
      return states.flatMap(({ name, latestVersion, revision }) => {
        const profile = byName.get(name);
        return profile === undefined ? [] : [{ ...profile, latestVersion, revision }];
      });
    },

    getProfile: recordOf,

    async createProfile(name, { rules, comment }, act) {
      const createdAt = clock.now();
      const first = { rules, comment, createdAt, createdBy: act.principal.name };
      const audit = auditOf(act, 'profile.created', `profile:${name}`, { version: 1 });
      await admin.createProfile(name, first, [audit]);
      await catalog.refresh();
      return recordOf(name);
    },

    async listProfileVersions(name, page) {
      await admin.getProfileState(name);
      return admin.listProfileVersions(name, page);
    },

    getProfileVersion: (name, version) => admin.getProfileVersion(name, version),

    async addProfileVersion(name, { rules, comment }, seenRevision, act) {
      const added = { rules, comment, createdAt: clock.now(), createdBy: act.principal.name };
      const { latestVersion, revision } = await admin.addProfileVersion(name, added, seenRevision, (version) =>
        auditOf(act, 'profile.versionAdded', `profile:${name}`, { version }),
      );
      return { version: await admin.getProfileVersion(name, latestVersion), revision };
    },

    async previewProfile(name, candidate) {
      return previews.run(async () => preview(await recordOf(name), await resolveProfile(name, candidate)));
    },

    async activateProfileVersion(name, { version: wanted, acceptRefusals, seenRevision }, act) {
      const active = await recordOf(name);
      const version = await chosenVersion(active, wanted);
      if (version === undefined) return active;
      const candidate = await admin.getProfileVersion(name, version);
      const { obstacles, sample } = await judge(active, candidate, clock.now());
      refuseActivation(candidate, obstacles, acceptRefusals ? [] : sample.refused);
      const activation = { version, at: clock.now(), by: act.principal.name };
      const audit = auditOf(act, 'profile.activated', `profile:${name}`, {
        version,
        before: active.version,
        refusalsAccepted: sample.refused.length,
      });
      // What was judged is what is put in force: the revision that was read here, if the caller named none.
      await admin.activateProfileVersion(name, activation, seenRevision ?? active.revision, audit);
      await catalog.refresh();
      return recordOf(name);
    },
  };
}

function refuseActivation(
  { name, version }: Profile,
  obstacles: readonly string[],
  refused: readonly PreviewRefusal[],
): void {
  if (obstacles.length > 0) {
    throw new CaError(
      'profileInUse',
      `Version ${version} of the profile "${name}" cannot be put in force: ${obstacles.join(' ')}`,
    );
  }
  const [first] = refused;
  if (first === undefined) return;
  const whose = first.deviceId === undefined ? 'a request' : `the device "${first.deviceId}"`;
  const others = refused.length === 1 ? '' : `, and ${refused.length - 1} more of the sample`;
  throw new CaError(
    'profileInUse',
    `Version ${version} of the profile "${name}" would refuse ${whose} (${first.code}: ${first.message})${others}.`,
  );
}
