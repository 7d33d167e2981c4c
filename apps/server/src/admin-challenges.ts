/** The challenges of endpoints, set by administrators. */
import { randomBytes } from 'node:crypto';
import type { Act, ChallengeServices, SetChallengeBody } from '@touchmark/admin-api';
import { toHex } from '@touchmark/asn1';
import { CaError } from '@touchmark/ca';
import type { AuditEvent, Catalog, ChallengeSettings, EnrollmentEndpoint } from '@touchmark/ca';
import type { Registry } from '@touchmark/store';
import { checkAccepts } from './admin-authorities.ts';
import { needsKey } from './challenges/challenge-keys.ts';
import type { ChallengeKeys, KeyedChallengeKind } from './challenges/challenge-keys.ts';
import { parseChallengeSettings } from './challenges/challenge-settings.ts';
import type { ChallengeVerifiers } from './challenges/challenge-verifiers.ts';
import { hashStaticChallenge } from './challenges/static-challenge.ts';

export interface AdminChallengesDependencies {
  readonly registry: Pick<Registry, 'withBootstrapLock'> & {
    readonly admin: Pick<Registry['admin'], 'updateEndpoint' | 'appendAudit'>;
  };
  readonly catalog: Catalog;
  readonly challengeKeys: ChallengeKeys;
  readonly challenges: Pick<ChallengeVerifiers, 'test'>;
  readonly auditOf: (act: Act, action: string, subject: string, details?: AuditEvent['details']) => AuditEvent;
}

/** Device ids in an audit event; the count tells how many more there were. */
const namedAtMost = 100;

export function createAdminChallenges(dependencies: AdminChallengesDependencies): ChallengeServices {
  const { registry, catalog, challengeKeys, challenges, auditOf } = dependencies;
  const endpointNamed = async (label: string): Promise<EnrollmentEndpoint> => {
    await catalog.refresh();
    const found = catalog.endpoints.find((endpoint) => endpoint.label === label);
    if (found === undefined) throw new CaError('notFound', `There is no endpoint "${label}".`);
    return found;
  };
  const write = async (
    endpoint: EnrollmentEndpoint,
    challenge: ChallengeSettings | undefined,
    audit: AuditEvent,
  ): Promise<EnrollmentEndpoint> => {
    const { label, revision, authorityId, acceptsSecret, acceptsCertificate, enabled } = endpoint;
    const { approval, acceptsAnyone, protocolSettings } = endpoint;
    const kept = { authorityId, acceptsSecret, acceptsCertificate, enabled, approval, acceptsAnyone, protocolSettings };
    const changes = { ...kept, profileName: endpoint.profile.name, challenge };
    await registry.admin.updateEndpoint({ label, revision }, changes, audit);
    return endpointNamed(label);
  };

  return {
    async setChallenge(label, written, act) {
      const { challenge, secret } = await challengeOf(written);
      // One at a time on all nodes: key and endpoint change together.
      return registry.withBootstrapLock(async () => {
        const endpoint = await endpointNamed(label);
        checkAccepts(label, { ...endpoint, challenge });
        const audit = auditOf(act, 'challenge.set', `endpoint:${label}`, { kind: challenge.kind });
        if (!needsKey(challenge.kind)) {
          const changed = await write(endpoint, challenge, audit);
          await challengeKeys.delete(label);
          return { endpoint: changed, secret };
        }
        const earlier = await challengeKeys.find(label);
        // The key first: an endpoint whose challenge has no key refuses all, one with the wrong kind of challenge might not.
        const made = await placeKey(label, written);
        try {
          return { endpoint: await write(endpoint, challenge, audit), secret: made };
        } catch (error) {
          await challengeKeys.putBack(label, earlier);
          throw error;
        }
      });
    },

    removeChallenge: (label, act) =>
      registry.withBootstrapLock(async () => {
        const endpoint = await endpointNamed(label);
        if (endpoint.challenge === undefined) return;
        checkAccepts(label, { ...endpoint, challenge: undefined });
        const { kind } = endpoint.challenge;
        await write(endpoint, undefined, auditOf(act, 'challenge.removed', `endpoint:${label}`, { kind }));
        if (needsKey(kind)) await challengeKeys.delete(label);
      }),

    async testChallenge(label, act) {
      const endpoint = await endpointNamed(label);
      let ok = false;
      try {
        const found = await challenges.test(endpoint);
        ok = found.ok;
        return found;
      } finally {
        // Also after an error: something may have been sent by then.
        await registry.admin.appendAudit(auditOf(act, 'challenge.tested', `endpoint:${label}`, { ok }));
      }
    },

    async deriveChallenges(label, deviceIds, act) {
      const { challenge } = await endpointNamed(label);
      if (challenge?.kind !== 'derived') {
        throw new CaError(
          'conflict',
          `The endpoint "${label}" has no derived challenge: touchmark endpoint challenge set ${label} --kind derived.`,
        );
      }
      const challenges = await Promise.all(deviceIds.map((deviceId) => challengeKeys.derive(label, deviceId)));
      const details = { count: deviceIds.length, deviceIds: deviceIds.slice(0, namedAtMost).join(' ') };
      // Before they are told: nobody has one of which there is no record.
      await registry.admin.appendAudit(auditOf(act, 'challenge.derived', `endpoint:${label}`, details));
      return challenges;
    },
  };

  /** What was made of a key; undefined when it was given. */
  async function placeKey(label: string, written: SetChallengeBody): Promise<string | undefined> {
    switch (written.kind) {
      case 'static':
        return undefined;
      case 'intune':
      case 'derived':
      case 'webhook':
        if (written.secret === undefined) return makeKey(label, written.kind);
        await challengeKeys.set(label, written.kind, written.secret);
        return undefined;
    }
  }

  async function makeKey(label: string, kind: KeyedChallengeKind): Promise<string> {
    if (kind !== 'intune') return toHex(await challengeKeys.create(label));
    throw new CaError(
      'invalidArgument',
      'Give the client secret of the app registration: only Microsoft Entra can make it.',
    );
  }
}

/** Checked, with the password that was made if none was given. */
async function challengeOf(
  written: SetChallengeBody,
): Promise<{ readonly challenge: ChallengeSettings; readonly secret: string | undefined }> {
  const { kind } = written;
  if (kind !== 'static') {
    return {
      challenge: { kind, settings: parseChallengeSettings(kind, written.settings).settings },
      secret: undefined,
    };
  }
  const made = written.secret === undefined ? randomBytes(20).toString('base64url') : undefined;
  const hash = await hashStaticChallenge(written.secret ?? made ?? '');
  const { settings } = parseChallengeSettings(kind, { ...written.settings, ...hash });
  return { challenge: { kind, settings }, secret: made };
}
