/** Step 3: what this caller may have: which device, which profile, which authority. Makes an `AuthorizedEnrollment`. */
import { toHex } from '@touchmark/asn1';
import { sha256 } from '@touchmark/crypto';
import type { PublicKey } from '@touchmark/crypto';
import { commonNameOf } from '@touchmark/x509';
import type { CertificationRequest, GeneralName } from '@touchmark/x509';
import type { AttemptLog } from './attempt-log.ts';
import type { Caller } from './authenticate.ts';
import { checkChannelBinding } from './channel-binding.ts';
import type { EnrollmentRequest } from './enrollment-request.ts';
import { CaError } from './errors.ts';
import type { Issuer } from './issuer.ts';
import { checkKeyOfCaller, checkKeyUse } from './key-use.ts';
import type { EnrollmentEndpoint, EnrollmentSecret, IssuanceGuard } from './model.ts';
import { checkDeviceId } from './name-policy.ts';
import { checkRequestKey } from './parse-request.ts';
import type { IssuanceRegistry } from './ports.ts';
import type { Profile } from './profile.ts';
import { checkRenewal, namesOf } from './renewal.ts';
import { requestDigest } from './request-digest.ts';

declare const proof: unique symbol;

/** Proof that step 3 was passed; only `authorize` and `authorizeForPrincipal` make it. */
export interface AuthorizedEnrollment {
  readonly [proof]: 'AuthorizedEnrollment';
  readonly issuer: Issuer;
  readonly profile: Profile;
  readonly deviceId: string | undefined;
  readonly publicKey: PublicKey;
  readonly publicKeySha256: Uint8Array;
  /** Names that were asked for; the profile decides in step 4 which of them are let through. */
  readonly requested: { readonly commonName: string | undefined; readonly subjectAltNames: readonly GeneralName[] };
  readonly requestDigest: Uint8Array;
  readonly guard: IssuanceGuard;
}

/** Only for the functions of step 3. */
export function authorized(enrollment: Omit<AuthorizedEnrollment, typeof proof>): AuthorizedEnrollment {
  return enrollment as AuthorizedEnrollment;
}

export async function authorize(
  request: EnrollmentRequest,
  parsed: CertificationRequest,
  caller: Caller,
  endpoint: EnrollmentEndpoint,
  issuer: Issuer,
  registry: IssuanceRegistry,
  now: Date,
  log: AttemptLog,
): Promise<AuthorizedEnrollment> {
  const { profile } = endpoint;
  const publicKey = checkRequestKey(parsed);
  checkKeyAlgorithm(publicKey, profile);
  checkChannelBinding(parsed.challengePassword, request.channelBinding, profile, log);
  const deviceId = deviceIdFor(caller, parsed, log);
  log.deviceId = deviceId;
  const publicKeySha256 = sha256(parsed.subjectPublicKeyInfoDer);
  await Promise.all([
    checkKeyUse(publicKeySha256, deviceId, registry),
    caller.kind === 'certificate' ? checkKeyOfCaller(caller.certificate, registry) : undefined,
  ]);

  if (caller.kind === 'certificate') {
    checkRenewal(request, parsed, caller.certificate, profile, publicKeySha256, now);
  }
  log.note(
    'authorize',
    `device ${deviceId}, profile ${profile.name} version ${profile.version}, authority ${issuer.authority.name}`,
  );
  return authorized({
    issuer,
    profile,
    deviceId,
    publicKey,
    publicKeySha256,
    requested:
      caller.kind === 'certificate'
        ? namesOf(caller.certificate)
        : { commonName: commonNameOf(parsed.subject), subjectAltNames: parsed.requestedSubjectAltNames },
    requestDigest: requestDigest(callerKey(caller), `endpoint:${endpoint.label}`, parsed),
    guard: {
      spendSecretId: caller.kind === 'secret' ? caller.secret.id : undefined,
      unrevokedCertificateId: caller.kind === 'certificate' ? caller.certificate.id : undefined,
      deviceId,
      registration: caller.kind === 'secret' && caller.secret.deviceId === undefined ? 'mustBeUnknown' : 'none',
    },
  });
}

/** What a first answer to a request needs beyond a repeated one: a use left in the secret, and a device that may have it. */
export async function checkFirstAnswer(
  caller: Caller,
  enrollment: AuthorizedEnrollment,
  registry: IssuanceRegistry,
  now: Date,
): Promise<void> {
  if (caller.kind === 'secret') checkSecretUsable(caller.secret, now);
  await checkDevice(enrollment, registry);
}

export async function checkDevice(enrollment: AuthorizedEnrollment, registry: IssuanceRegistry): Promise<void> {
  const { deviceId, guard } = enrollment;
  if (deviceId === undefined) return;
  const device = await registry.findDevice(deviceId);
  if (device === undefined) {
    if (guard.registration !== 'none') return;
    throw new CaError('deviceUnknown', `The device "${deviceId}" is not registered.`);
  }
  switch (device.state) {
    case 'suspended':
      throw new CaError('deviceSuspended', `The device "${device.id}" is suspended. Ask the operator to resume it.`);
    case 'retired':
      throw new CaError('deviceRetired', `The device "${device.id}" is retired and gets no certificate any more.`);
    case 'registered':
    case 'active':
      if (guard.registration === 'mustBeUnknown') throw deviceAlreadyRegistered(deviceId);
  }
}

/** An unbound secret is for devices that nobody knows yet: it must not become one that is in the field, or was. */
export function deviceAlreadyRegistered(deviceId: string): CaError {
  return new CaError(
    'deviceAlreadyRegistered',
    `The device "${deviceId}" is registered already, and this secret is not bound to it. Ask the operator for a secret that is bound to the device.`,
  );
}

export function checkKeyAlgorithm(publicKey: PublicKey, profile: Profile): void {
  const allowed: readonly string[] = profile.rules.keyAlgorithms;
  if (!allowed.includes(publicKey.keyAlgorithm)) {
    throw new CaError(
      'keyAlgorithmNotAllowed',
      `The profile "${profile.name}" takes no ${publicKey.keyAlgorithm} key. It takes ${allowed.join(', ')}.`,
    );
  }
}

function checkSecretUsable(secret: EnrollmentSecret, now: Date): void {
  if (secret.uses >= secret.maxUses) {
    throw secretSpent();
  }
  if (now >= secret.expiresAt) {
    throw new CaError(
      'secretExpired',
      `This enrollment secret expired at ${secret.expiresAt.toISOString()}. Ask the operator for a new one.`,
    );
  }
}

export function secretSpent(): CaError {
  return new CaError(
    'secretSpent',
    'This enrollment secret was used already, for another request. Ask the operator for a new one.',
  );
}

function callerKey(caller: Caller): string {
  return caller.kind === 'secret'
    ? `secret:${caller.secret.id}`
    : `certificate:${toHex(caller.certificate.fingerprintSha256)}`;
}

/** The identity comes from the registration; only an unbound secret lets the request name its device. */
function deviceIdFor(caller: Caller, parsed: CertificationRequest, log: AttemptLog): string {
  const named = commonNameOf(parsed.subject);
  const registered = caller.kind === 'secret' ? caller.secret.deviceId : caller.certificate.deviceId;
  if (registered !== undefined) {
    if (named !== undefined && named !== registered) {
      log.warn(
        'authorize',
        `the request names another device (${JSON.stringify(named.slice(0, 64))}); the registered identity is used`,
      );
    }
    return registered;
  }
  if (named === undefined) {
    throw new CaError(
      'deviceNameMissing',
      'The request has no commonName to register the device under. Put the id of the device there.',
    );
  }
  checkDeviceId(named);
  return named;
}
