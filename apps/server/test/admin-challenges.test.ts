/** The key of a challenge and the endpoint change together, or not at all. */
import { expect, it } from '@jest/globals';
import type { Act } from '@touchmark/admin-api';
import type { AuditEvent, Catalog, EnrollmentEndpoint } from '@touchmark/ca';
import { KeyStoreError } from '@touchmark/keystore';
import type { SecretStore } from '@touchmark/keystore';
import { createAdminChallenges } from '../src/admin-challenges.ts';
import { ChallengeKeys } from '../src/challenges/challenge-keys.ts';

function inMemory(): SecretStore {
  const secrets = new Map<string, Uint8Array>();
  return {
    putSecret: async (id, secret) => void secrets.set(id, secret),
    deleteSecret: async (id) => void secrets.delete(id),
    getSecret: async (id) => {
      const secret = secrets.get(id);
      if (secret === undefined) throw new KeyStoreError('keyNotFound', `There is no ${id}.`);
      return secret;
    },
  };
}

it.each([
  ['the earlier key is put back', true],
  ['none is left where there was none', false],
])('when the endpoint cannot be written %s', async (_, hadKey) => {
  const challengeKeys = new ChallengeKeys(inMemory());
  const earlier = hadKey ? await challengeKeys.create('plc') : undefined;
  const endpoint = { label: 'plc', acceptsSecret: true, profile: { name: 'device' } } as EnrollmentEndpoint;
  const services = createAdminChallenges({
    registry: {
      withBootstrapLock: (work) => work(),
      admin: {
        updateEndpoint: () => Promise.reject(new Error('the registry is away')),
        appendAudit: async () => undefined,
      },
    },
    catalog: { refresh: async () => undefined, endpoints: [endpoint] } as unknown as Catalog,
    challengeKeys,
    challenges: { test: async () => ({ ok: true, message: '' }) },
    auditOf: () => ({}) as AuditEvent,
  });
  await expect(services.setChallenge('plc', { kind: 'derived', settings: {} }, {} as Act)).rejects.toThrow('away');
  expect(await challengeKeys.find('plc')).toEqual(earlier);
});

it.each([
  ['finds that they verify', async () => ({ ok: true, message: '' }), 'fulfilled', true],
  ['finds that they do not', async () => ({ ok: false, message: 'no' }), 'fulfilled', false],
  ['ends in an error', () => Promise.reject(new Error('torn off')), 'rejected', false],
] as const)('a test of challenges that %s is on record with its outcome', async (_, test, status, ok) => {
  const events: unknown[] = [];
  const endpoint = { label: 'plc' } as EnrollmentEndpoint;
  const services = createAdminChallenges({
    registry: {
      withBootstrapLock: (work) => work(),
      admin: {
        updateEndpoint: () => Promise.reject(new Error('not in use')),
        appendAudit: async (event) => void events.push(event),
      },
    },
    catalog: { refresh: async () => undefined, endpoints: [endpoint] } as unknown as Catalog,
    challengeKeys: new ChallengeKeys(inMemory()),
    challenges: { test },
    auditOf: (_act, action, subject, details) => ({ action, subject, details }) as AuditEvent,
  });
  const [outcome] = await Promise.allSettled([services.testChallenge('plc', {} as Act)]);
  expect(outcome?.status).toBe(status);
  expect(events).toEqual([{ action: 'challenge.tested', subject: 'endpoint:plc', details: { ok } }]);
});
