/** The rules of profiles through the whole cycle: over a real registry, by secrets and by renewals. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseProfile, readyProfiles } from '@touchmark/ca';
import type { Device, EnrollmentOutcome } from '@touchmark/ca';
import { newEnrollmentSecret } from '@touchmark/ca';
import { generateKeyPair } from '@touchmark/crypto';
import { createPool } from '@touchmark/store';
import { startTestPostgres } from '@touchmark/store/testing';
import type { TestPostgres } from '@touchmark/store/testing';
import { buildCertificationRequest } from '@touchmark/testkit';
import { findExtension, formatName, parseCertificate, subjectAltNamesOf } from '@touchmark/x509';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { WitnessedKeys, WitnessedNode } from '../support/witnessed-node.ts';

let postgres: TestPostgres;
let observer: pg.Pool;
let directory: string;
let node: WitnessedNode;

const basis = {
  subject: [{ attribute: 'commonName', value: '{device.id}' }],
  keyAlgorithms: ['ec-p256'],
  extendedKeyUsage: ['clientAuth'],
  validity: { duration: '1h' },
};
const ownExtension = '1.3.6.1.4.1.32473.1.1';
const profiles = {
  roles: readyProfiles['device-role-segment']!,
  single: parseProfile({ ...basis, maxActiveCertificates: 1 }),
  fresh: parseProfile({ ...basis, renewal: { maxKeyAge: '1s' } }),
  own: parseProfile({
    ...basis,
    deviceFields: ['site'],
    extensions: [{ oid: ownExtension, critical: true, encoding: 'utf8String', value: '{device.site}' }],
  }),
};

beforeAll(async () => {
  postgres = await startTestPostgres();
  observer = createPool(postgres.databaseUrl, { max: 2 });
  directory = mkdtempSync(join(tmpdir(), 'touchmark-rules-'));
  const keys = await WitnessedKeys.generate(['root', 'issuing'], join(directory, 'witness'), observer);
  node = new WitnessedNode(postgres.databaseUrl, keys);
  await node.createHierarchy(profiles);
}, 120_000);

afterAll(async () => {
  await node?.registry.close();
  await observer?.end();
  await postgres?.stop();
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
});

const register = (id: string, identity: Partial<Pick<Device, 'role' | 'segment' | 'fields'>> = {}) =>
  node.registry.admin.insertDevice({ id, state: 'registered', createdAt: new Date(), ...identity });

/** Bound to the device, for one use. */
async function secretFor(endpointLabel: string, deviceId: string) {
  const { id, secret, secretSha256 } = newEnrollmentSecret((length) => new Uint8Array(randomBytes(length)));
  const createdAt = new Date();
  const expiresAt = new Date(createdAt.getTime() + 3_600_000);
  const record = { id, endpointLabel, secretSha256, deviceId, maxUses: 1, createdAt, expiresAt };
  await node.registry.admin.createSecret(record);
  return { secret, uses: async () => (await node.registry.admin.findSecret(id))?.uses };
}

async function requestOf(
  deviceId: string,
  keyPair?: Awaited<ReturnType<typeof generateKeyPair>>,
  fields: Parameters<typeof buildCertificationRequest>[0] = { commonName: deviceId },
) {
  const own = keyPair ?? (await generateKeyPair('ec-p256'));
  return (await buildCertificationRequest({ ...fields, keyPair: own })).certificationRequestDer;
}

function certificateOf(outcome: EnrollmentOutcome): Uint8Array {
  if (outcome.kind !== 'issued') throw new Error(`nothing was issued: ${JSON.stringify(outcome)}`);
  return outcome.certificateDer;
}

function codeOf(outcome: EnrollmentOutcome): string {
  return outcome.kind === 'refused' ? outcome.error.code : outcome.kind;
}

describe('what is registered of a device', () => {
  it('stands in its certificate, whatever the request says', async () => {
    await register('pump-1', { role: 'pump', segment: 'hall-7' });
    const { secret } = await secretFor('roles', 'pump-1');
    const certificate = parseCertificate(certificateOf(await node.enroll('roles', await requestOf('pump-1'), secret)));
    expect(formatName(certificate.subject)).toBe('OU=hall-7,CN=pump-1');
    expect(subjectAltNamesOf(certificate)).toEqual([
      { kind: 'uri', value: 'urn:x-touchmark:role:pump' },
      { kind: 'uri', value: 'urn:x-touchmark:segment:hall-7' },
    ]);
  });

  it('is as it is now when the certificate is renewed', async () => {
    await register('pump-4', { role: 'pump', segment: 'hall-7' });
    const { secret } = await secretFor('roles', 'pump-4');
    const old = certificateOf(await node.enroll('roles', await requestOf('pump-4'), secret));
    await node.registry.prisma.device.update({ where: { id: 'pump-4' }, data: { segment: 'hall-8' } });
    const { subject, ...certificate } = parseCertificate(old);
    const requestDer = await requestOf('pump-4', undefined, {
      subjectDer: subject.der,
      subjectAltNames: subjectAltNamesOf(certificate),
    });
    const renewed = parseCertificate(certificateOf(await node.renew('roles', requestDer, old)));
    expect(formatName(renewed.subject)).toBe('OU=hall-8,CN=pump-4');
    expect(subjectAltNamesOf(renewed)).toContainEqual({ kind: 'uri', value: 'urn:x-touchmark:segment:hall-8' });
    expect(subjectAltNamesOf(renewed)).toHaveLength(2);
  });

  it('is missed before the secret is spent', async () => {
    await register('pump-2', { role: 'pump' });
    const { secret, uses } = await secretFor('roles', 'pump-2');
    const requestDer = await requestOf('pump-2');
    const outcome = await node.enroll('roles', requestDer, secret);
    expect(codeOf(outcome)).toBe('deviceFieldMissing');
    expect(outcome).toMatchObject({ error: { message: expect.stringContaining('"pump-2" has no segment on record') } });
    expect(await uses()).toBe(0);
  });

  it('is written into an extension of the operator, critical where the profile says so', async () => {
    await register('pump-3', { fields: { site: 'Straße 7' } });
    const { secret } = await secretFor('own', 'pump-3');
    const certificate = parseCertificate(certificateOf(await node.enroll('own', await requestOf('pump-3'), secret)));
    const extension = findExtension(certificate, ownExtension);
    expect(extension?.critical).toBe(true);
    expect(Buffer.from(extension!.value).subarray(2).toString()).toBe('Straße 7');
  });
});

describe('a device that may have one certificate', () => {
  it('gets no second one, and its secret is not spent; it renews the one it has', async () => {
    await register('single-1');
    const first = await secretFor('single', 'single-1');
    const certificateDer = certificateOf(await node.enroll('single', await requestOf('single-1'), first.secret));
    const second = await secretFor('single', 'single-1');
    expect(codeOf(await node.enroll('single', await requestOf('single-1'), second.secret))).toBe(
      'certificateLimitReached',
    );
    expect(await second.uses()).toBe(0);
    const renewed = certificateOf(await node.renew('single', await requestOf('single-1'), certificateDer));
    // Both are active now: neither the old one nor the new one gets a third.
    expect(codeOf(await node.renew('single', await requestOf('single-1'), certificateDer))).toBe(
      'certificateLimitReached',
    );
    expect(codeOf(await node.renew('single', await requestOf('single-1'), renewed))).toBe('certificateLimitReached');
  });
});

describe('a key that is certified for too long', () => {
  it('is not certified again, neither by renewal nor by a secret; a new one is', async () => {
    await register('fresh-1');
    const keyPair = await generateKeyPair('ec-p256');
    const { secret } = await secretFor('fresh', 'fresh-1');
    const certificateDer = certificateOf(await node.enroll('fresh', await requestOf('fresh-1', keyPair), secret));
    const again = certificateOf(await node.renew('fresh', await requestOf('fresh-1', keyPair), certificateDer));
    await sleep(1200);
    expect(codeOf(await node.renew('fresh', await requestOf('fresh-1', keyPair), again))).toBe('keyTooOld');
    const other = await secretFor('fresh', 'fresh-1');
    expect(codeOf(await node.enroll('fresh', await requestOf('fresh-1', keyPair), other.secret))).toBe('keyTooOld');
    expect(codeOf(await node.renew('fresh', await requestOf('fresh-1'), again))).toBe('issued');
  });
});
