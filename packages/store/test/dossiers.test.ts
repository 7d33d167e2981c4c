import { describe, expect, it } from '@jest/globals';
import type { EnrollmentSecret } from '@touchmark/ca';
import { dossier, issue, later, newAudit, newIntent, newSecret, noGuard, random } from './records.ts';
import { other, registry } from './two-nodes.ts';

const secret = (id: string) => ({ kind: 'secret', id, remoteAddress: '::1' }) as const;
const forNewDevice = (deviceId: string) => ({ ...noGuard, deviceId, registration: 'ifUnknown' }) as const;

describe('a dossier', () => {
  it('of a request that nobody knows anything about is empty', async () => {
    expect(await dossier(registry, { credential: secret('nobodyss'), deviceId: 'nobody' })).toEqual({
      secret: undefined,
      certificate: undefined,
      certificateKeyCompromised: false,
      certificateKeyBlocked: false,
      device: undefined,
      key: { compromised: false, blocked: false, holders: [], firstCertifiedAt: undefined },
      approval: undefined,
      outcome: { intent: undefined, certificate: undefined },
    });
  });

  it('has everything about a renewal: certificate, its key, its device, the new key, what became of it', async () => {
    const old = await issue(registry, { deviceId: 'renewing' }, forNewDevice('renewing'));
    const next = newIntent({ deviceId: 'renewing' });
    await registry.issuance.recordIntent(next, { ...noGuard, deviceId: 'renewing', unrevokedCertificateId: old.id });
    const { publicKeySha256, requestDigest } = next;
    const question = {
      credential: { kind: 'certificate', fingerprintSha256: old.fingerprintSha256 } as const,
      publicKeySha256,
      requestDigest,
    };
    expect(await dossier(registry, question)).toEqual({
      secret: undefined,
      certificate: old,
      certificateKeyCompromised: false,
      certificateKeyBlocked: false,
      device: {
        id: 'renewing',
        state: 'active',
        role: undefined,
        segment: undefined,
        fields: {},
        createdAt: next.createdAt,
      },
      key: { compromised: false, blocked: false, holders: ['renewing'], firstCertifiedAt: undefined },
      outcome: { intent: next, certificate: undefined },
    });
    const revocation = { revokedAt: later(1), reason: 'keyCompromise', invalidityDate: undefined } as const;
    await registry.revocation.revoke(old.id, revocation, random(30), newAudit());
    expect(await dossier(registry, question)).toMatchObject({
      certificate: { revocation },
      certificateKeyCompromised: true,
      certificateKeyBlocked: false,
      key: { compromised: false },
    });
  });

  it('has the device that the credential is bound to, whatever the request names', async () => {
    for (const id of ['bound', 'named', 'certified']) await issue(registry, { deviceId: id }, forNewDevice(id));
    const certificate = await issue(registry, { deviceId: 'certified' }, forNewDevice('certified'));
    const bound = secret(await newSecret(registry, { deviceId: 'bound' }));
    const { fingerprintSha256 } = certificate;
    const deviceOf = async (question: Parameters<typeof dossier>[1]) =>
      (await dossier(registry, { deviceId: 'named', ...question })).device?.id;
    expect(await deviceOf({})).toBe('named');
    expect(await deviceOf({ credential: secret(await newSecret(registry)) })).toBe('named');
    expect(await deviceOf({ credential: bound })).toBe('bound');
    expect(await deviceOf({ credential: { kind: 'certificate', fingerprintSha256 } })).toBe('certified');
    expect(await deviceOf({ deviceId: 'no\u0000body\ud800' })).toBeUndefined();
  });

  it('answers many questions in one statement, each with its own', async () => {
    const certificates = await Promise.all(Array.from({ length: 20 }, () => issue(registry)));
    const secrets = await Promise.all(Array.from({ length: 20 }, () => newSecret(registry)));
    const byCertificate = certificates.map(({ fingerprintSha256, requestDigest }) =>
      dossier(registry, { credential: { kind: 'certificate', fingerprintSha256 }, requestDigest }),
    );
    const bySecret = secrets.map((id) => dossier(registry, { credential: secret(id) }));
    const found = await Promise.all([...byCertificate, ...bySecret]);
    expect(found.slice(0, 20).map(({ certificate, outcome }) => [certificate, outcome.certificate])).toEqual(
      certificates.map((certificate) => [certificate, certificate]),
    );
    expect(found.slice(20).map(({ secret: each }) => each?.id)).toEqual(secrets);
  });

  it('is of one instant: a secret that a request has spent is never seen without what the request became', async () => {
    const rounds = 60;
    const torn: (EnrollmentSecret | undefined)[] = [];
    for (let round = 0; round < rounds; round++) {
      const id = await newSecret(registry);
      const intent = newIntent();
      const { requestDigest, publicKeySha256 } = intent;
      const question = { credential: secret(id), requestDigest, publicKeySha256 };
      const recorded = registry.issuance.recordIntent(intent, { ...noGuard, spendSecretId: id });
      for (let spent = false; !spent;) {
        const seen = await dossier(other, question);
        spent = seen.secret?.uses === 1;
        if (spent !== (seen.outcome.intent?.id === intent.id)) torn.push(seen.secret);
      }
      await recorded;
    }
    expect(torn).toEqual([]);
  });
});
