/** One good call for every route of the table. A route without one fails the tests. */
import { randomBytes, randomUUID } from 'node:crypto';
import { decodePem, encodePem, toHex } from '@touchmark/asn1';
import { readyProfiles } from '@touchmark/ca';
import { createSoftwareSigner, generateKeyPair } from '@touchmark/crypto';
import { createCertificationRequest } from '@touchmark/x509';
import type { World } from './world.ts';

export interface Sample {
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function createRequestPem(): Promise<string> {
  const { privateKey } = await generateKeyPair('ec-p256');
  const der = await createCertificationRequest({ subject: [], signer: createSoftwareSigner(privateKey) });
  return encodePem('CERTIFICATE REQUEST', der);
}

const someAct = { principal: { name: 'test', role: 'operator' }, remoteAddress: '-', correlationId: '-' } as const;

/** The id of one more certificate in the registry. */
async function anotherCertificate({ authority, services }: World): Promise<string> {
  const leaf = await authority.identify('to be revoked');
  return services.addCertificate({ ...leaf, certificateDer: leaf.der, profileName: 'server', deviceId: undefined }).id;
}

async function anotherJob({ services }: World): Promise<string> {
  const selection = { statuses: [], deviceId: 'pump-9' };
  const common = { invalidityDate: undefined, expectedTotal: undefined, idempotencyKey: undefined };
  return (await services.startRevocation({ selection, reason: 'superseded', ...common }, someAct)).id;
}

async function blockedKey({ services }: World): Promise<string> {
  const publicKeySha256 = new Uint8Array(randomBytes(32));
  await services.blockKeys([publicKeySha256], 'seen in an image', someAct);
  return toHex(publicKeySha256);
}

async function waitingRequest({ services }: World): Promise<string> {
  const [block] = decodePem(await createRequestPem());
  return services.addPendingRequest(block!.bytes).id;
}

/** Each call gives a fresh state, so that the order of the tests does not matter. */
export async function sampleOf(name: string, world: World): Promise<Sample | undefined> {
  const { services, certificate } = world;
  const base = '/api/v1';
  switch (name) {
    case 'listCertificates':
      return { path: `${base}/certificates?status=active,revoked&profile=device&authority=issuing&limit=10` };
    case 'getCertificate':
      return { path: `${base}/certificates/${certificate.id}` };
    case 'downloadCertificatePem':
      return { path: `${base}/certificates/${certificate.id}/pem` };
    case 'downloadCertificateDer':
      return { path: `${base}/certificates/${certificate.id}/der` };
    case 'downloadCertificateChain':
      return { path: `${base}/certificates/${certificate.id}/chain?root=true` };
    case 'issueCertificate': {
      const certificationRequest = await createRequestPem();
      const subjectAltNames = [{ kind: 'dns', value: 'broker.example.com' }];
      return { path: `${base}/certificates`, body: { profile: 'server', certificationRequest, subjectAltNames } };
    }
    case 'revokeCertificate':
      return { path: `${base}/certificates/${await anotherCertificate(world)}/revoke`, body: { reason: 'superseded' } };
    case 'holdCertificate':
      return { path: `${base}/certificates/${await anotherCertificate(world)}/hold` };
    case 'releaseCertificate': {
      const value = await anotherCertificate(world);
      await services.holdCertificate({ kind: 'idOrSerialNumber', value }, someAct);
      return { path: `${base}/certificates/${value}/release` };
    }
    case 'listPendingRequests':
      return { path: `${base}/requests?state=all&endpoint=plc&limit=10` };
    case 'getPendingRequest':
      return { path: `${base}/requests/${await waitingRequest(world)}` };
    case 'approveRequest':
      return { path: `${base}/requests/${await waitingRequest(world)}/approve` };
    case 'rejectRequest':
      return { path: `${base}/requests/${await waitingRequest(world)}/reject`, body: { reason: 'not of this plant' } };
    case 'setChallenge':
      return { path: `${base}/endpoints/factory/challenge`, body: { kind: 'derived' } };
    case 'createMobileConfig':
      return { path: `${base}/endpoints/factory/mobileconfig`, body: { commonName: 'ipad-1', challenge: 'sesame' } };
    case 'removeChallenge':
      return { path: `${base}/endpoints/factory/challenge` };
    case 'testChallenge':
      return { path: `${base}/endpoints/factory/challenge/test` };
    case 'deriveChallenges':
      return { path: `${base}/endpoints/factory/challenge/derive`, body: { deviceIds: ['pump-1', 'pump-2'] } };
    case 'listRefusals':
      return { path: `${base}/refusals` };
    case 'getRefusal':
      return { path: `${base}/refusals/keytoosmall` };
    case 'reportSeen':
      return { path: `${base}/certificates/${await anotherCertificate(world)}/seen` };
    case 'revokeAuthority':
      return { path: `${base}/authorities/issuing/revoke`, body: { reason: 'cACompromise', confirm: 'issuing' } };
    case 'previewRevocation':
      return { path: `${base}/revocations/preview?profile=server&status=active&issued[gte]=2026-01-31T12:00:00Z` };
    case 'startRevocation':
      return {
        path: `${base}/revocations`,
        body: { selection: { profile: 'none', 'notAfter[lt]': '2026-01-31T12:00:00Z' }, reason: 'keyCompromise' },
      };
    case 'listJobs':
      return { path: `${base}/jobs?state=queued,running&limit=10` };
    case 'getJob':
      return { path: `${base}/jobs/${await anotherJob(world)}` };
    case 'cancelJob':
      return { path: `${base}/jobs/${await anotherJob(world)}/cancel` };
    case 'listDevices':
      return { path: `${base}/devices?state=active,suspended` };
    case 'getDevice':
      return { path: `${base}/devices/pump-1` };
    case 'createEndpoint':
      return {
        path: `${base}/endpoints`,
        body: { label: `line-${services.endpoints.length}`, authority: 'issuing', profile: 'server' },
      };
    case 'setEndpoint':
      return { path: `${base}/endpoints/factory`, body: { enabled: true }, headers: { 'If-Match': '*' } };
    case 'createDevice':
      return { path: `${base}/devices`, body: { id: `new-${randomUUID()}`, role: 'pump', fields: { site: 'north' } } };
    case 'importDevices':
      return { path: `${base}/device-imports`, body: { devices: [{ id: `new-${randomUUID()}` }, { id: 'pump-1' }] } };
    case 'changeDevice':
      return { path: `${base}/devices/pump-1`, body: { segment: 'hall-2', role: null } };
    case 'suspendDevice':
      return { path: `${base}/devices/${services.addDevice('active')}/suspend`, body: { comment: 'lost' } };
    case 'resumeDevice':
      return { path: `${base}/devices/${services.addDevice('suspended')}/resume`, body: {} };
    case 'retireDevice':
      return {
        path: `${base}/devices/${services.addDevice('active')}/retire`,
        body: { revoke: 'cessationOfOperation' },
      };
    case 'listTimeline':
      return { path: `${base}/devices/pump-1/timeline?limit=5` };
    case 'listEndpoints':
      return { path: `${base}/endpoints` };
    case 'getEndpoint':
      return { path: `${base}/endpoints/factory` };
    case 'listSecrets':
      return { path: `${base}/endpoints/factory/secrets` };
    case 'createSecret':
      return {
        path: `${base}/endpoints/factory/secrets`,
        body: { deviceId: 'pump-1', maxUses: 2, expiresInSeconds: 600 },
      };
    case 'revokeSecret': {
      const request = {
        endpointLabel: 'factory',
        deviceId: undefined,
        maxUses: 1,
        expiresInSeconds: 600,
        idempotencyKey: undefined,
      };
      const { record } = await services.createSecret(request, someAct);
      return { path: `${base}/endpoints/factory/secrets/${record.id}` };
    }
    case 'listAttempts':
      return { path: `${base}/attempts?outcome=refused&endpoint=factory&deviceId=pump-1&transactionId=9F3A` };
    case 'getAttempt':
      return { path: `${base}/attempts/attempt-2` };
    case 'listAuthorities':
      return { path: `${base}/authorities` };
    case 'createAuthority':
      return {
        path: `${base}/authorities`,
        body: { name: `plant-${services.authorities.length}`, issuer: 'root', subject: 'CN=Plant CA,O=Example' },
      };
    case 'setAuthority':
      return {
        path: `${base}/authorities/issuing`,
        body: { crlValiditySeconds: 86_400, crlIntervalSeconds: 3600 },
        headers: { 'If-Match': '*' },
      };
    case 'getAuthority':
      return { path: `${base}/authorities/issuing` };
    case 'downloadAuthorityDer':
      return { path: `${base}/authorities/issuing/der` };
    case 'listProfiles':
      return { path: `${base}/profiles` };
    case 'getProfile':
      return { path: `${base}/profiles/server` };
    case 'createProfile': {
      const rules = readyProfiles.device;
      return { path: `${base}/profiles`, body: { name: `made-${randomUUID()}`, rules, comment: 'for a test' } };
    }
    case 'listProfileVersions':
      return { path: `${base}/profiles/server/versions?limit=5` };
    case 'getProfileVersion':
      return { path: `${base}/profiles/server/versions/1` };
    case 'diffProfile':
      return { path: `${base}/profiles/server/diff?from=1&to=1` };
    case 'addProfileVersion': {
      const rules = readyProfiles.device;
      return { path: `${base}/profiles/server/versions`, headers: { 'If-Match': '*' }, body: { rules } };
    }
    case 'previewProfile':
      return { path: `${base}/profiles/server/preview`, body: { version: 1 } };
    case 'activateProfile':
      return { path: `${base}/profiles/server/activate`, headers: { 'If-Match': '*' }, body: { version: 1 } };
    case 'getProfileSchema':
      return { path: `${base}/schemas/profile` };
    case 'explain':
      return {
        path: `${base}/explain`,
        body: {
          certificationRequest: await createRequestPem(),
          profile: 'server',
          caller: { kind: 'device', id: 'pump-1' },
        },
      };
    case 'replayAttempt':
      return { path: `${base}/attempts/attempt-2/replay`, body: { rules: 'now', caller: 'fresh' } };
    case 'downloadCertificateP7b':
      return { path: `${base}/certificates/${certificate.id}/p7b` };
    case 'listCrls':
      return { path: `${base}/crls?authority=issuing` };
    case 'requestCrls':
      return { path: `${base}/crls`, body: { authority: 'issuing' } };
    case 'listKeys':
      return { path: `${base}/keys` };
    case 'rewrapKeys':
      return { path: `${base}/keys/rewrap`, body: { passphrase: 'given', newPassphrase: 'a new passphrase' } };
    case 'listBlockedKeys':
      return { path: `${base}/blocked-keys` };
    case 'blockKeys':
      return { path: `${base}/blocked-keys`, body: { publicKeySha256: ['ab'.repeat(32)], reason: 'seen in an image' } };
    case 'getBlockedKey':
      return { path: `${base}/blocked-keys/${await blockedKey(world)}` };
    case 'unblockKey':
      return { path: `${base}/blocked-keys/${await blockedKey(world)}` };
    case 'getStatus':
      return { path: `${base}/status` };
    case 'setUp': {
      const token = `setup-${services.setupTokens.size}`;
      services.setupTokens.set(token, 'administrator');
      return { path: `${base}/setup`, body: { token, name: 'ada.l_2-b' } };
    }
    case 'listPrincipals':
      return { path: `${base}/principals` };
    case 'revokePrincipal': {
      const { id } = services.addCredential(`token-${services.credentials.size}`, { name: 'gone', role: 'viewer' });
      return { path: `${base}/principals/${id}/revoke` };
    }
    case 'createSetupToken':
      return { path: `${base}/setup-tokens` };
    case 'whoAmI':
      return { path: `${base}/whoami` };
    case 'getOpenApi':
      return { path: `${base}/openapi.json` };
    default:
      return undefined;
  }
}
