/** Step 3: what this caller may have: which device, which profile, which authority. Makes an `AuthorizedEnrollment`. */
import { rfc5280, toHex } from '@touchmark/asn1';
import { sha256 } from '@touchmark/crypto';
import type { PublicKey } from '@touchmark/crypto';
import { commonNameOf } from '@touchmark/x509';
import type { CertificationRequest, Name } from '@touchmark/x509';
import type { AttemptLog } from './attempt-log.ts';
import type { Caller, JudgedCredential } from './authenticate.ts';
import { checkChannelBinding } from './channel-binding.ts';
import type { Dossier, DossierQuestion } from './dossier.ts';
import type { EnrollmentRequest } from './enrollment-request.ts';
import { CaError } from './errors.ts';
import { checkForOthers } from './for-others.ts';
import type { Issuer } from './issuer.ts';
import { checkKeyAge, checkKeyOfCaller, checkKeyUse } from './key-use.ts';
import type { Device, DeviceRegistration, EnrollmentEndpoint, EnrollmentSecret, IssuanceGuard } from './model.ts';
import { checkDeviceId } from './name-policy.ts';
import { extensionPolicyOf } from './prepare.ts';
import type { Profile } from './profile.ts';
import { requestedNames } from './profile/name-sources.ts';
import type { RequestedNames } from './profile/name-sources.ts';
import { refused } from './refused.ts';
import { checkRenewal, namesOf } from './renewal.ts';
import { supersededAfter } from './succession.ts';
import { requestDigest } from './request-digest.ts';
import { checkRequestedExtensions } from './requested-extensions.ts';
import { checkRequestKey } from './request-key.ts';
import type { PossessionRules } from './request-key.ts';

declare const proof: unique symbol;

/** Proof that step 3 was passed; only `authorize` and `authorizeForPrincipal` make it. */
export interface AuthorizedEnrollment {
  readonly [proof]: 'AuthorizedEnrollment';
  readonly issuer: Issuer;
  readonly profile: Profile;
  readonly deviceId: string | undefined;
  /** As it is registered; undefined when there is none, or this very request registers it. */
  readonly device: Device | undefined;
  readonly publicKey: PublicKey;
  readonly publicKeySha256: Uint8Array;
  /** Names that were asked for; the profile decides in step 4 which of them are let through. */
  readonly requested: RequestedNames;
  readonly requestDigest: Uint8Array;
  readonly guard: IssuanceGuard;
}

/** Only for the functions of step 3. */
export function authorized(enrollment: Omit<AuthorizedEnrollment, typeof proof>): AuthorizedEnrollment {
  return enrollment as AuthorizedEnrollment;
}

/** What step 3 decides on. */
export interface EnrollmentCase {
  readonly request: Pick<EnrollmentRequest, 'kind' | 'channelBinding' | 'mayNameAnother'> & PossessionRules;
  readonly parsed: CertificationRequest;
  readonly endpoint: EnrollmentEndpoint;
  readonly issuer: Issuer;
  readonly caller: Caller;
  /** What the registry was asked, and what it answered. */
  readonly question: DossierQuestion;
  readonly dossier: Dossier;
}

/** What has to be known of a request before it can be judged. */
export function questionOf(
  credential: JudgedCredential,
  endpoint: EnrollmentEndpoint,
  parsed: CertificationRequest,
): DossierQuestion {
  return {
    credential: credential.kind === 'secret' || credential.kind === 'certificate' ? credential : undefined,
    publicKeySha256: sha256(parsed.subjectPublicKeyInfoDer),
    deviceId:
      (credential.kind === 'challenge' ? credential.verdict.deviceId : undefined) ?? commonNameOf(parsed.subject),
    requestDigest: requestDigest(callerKey(credential), scopeOf(credential, endpoint), parsed),
  };
}

export async function authorize(
  { request, parsed, endpoint, issuer, caller, question, dossier }: EnrollmentCase,
  now: Date,
  log: AttemptLog,
): Promise<AuthorizedEnrollment> {
  log.judge('authorize', 'endpointEnabled', () => checkEnabled(endpoint));
  const { profile } = endpoint;
  log.judge('authorize', 'forOthers', () => checkForOthers(profile, issuer));
  const { publicKeySha256 } = question;
  const publicKey = await log.establishLater('authorize', 'key', () => checkRequestKey(parsed, request));
  log.judge('authorize', 'keyAlgorithm', () => checkKeyAlgorithm(publicKey, profile));
  log.judge('authorize', 'extensionsAsked', () =>
    checkRequestedExtensions(parsed.requestedExtensions, extensionPolicyOf(profile.rules), log),
  );
  log.judge('authorize', 'channelBinding', () =>
    checkChannelBinding(parsed.challengePassword, request.channelBinding, profile, log),
  );
  const deviceId = log.establish('authorize', 'deviceName', () => deviceIdFor(caller, parsed, log));
  log.deviceId = deviceId;
  log.judge('authorize', 'keyUse', () => checkKeyUse(dossier.key, deviceId));
  log.judge('authorize', 'keyAge', () => checkKeyAge(dossier.key, profile, now));
  if (caller.kind === 'certificate') {
    const { certificate } = caller;
    log.judge('authorize', 'keyOfCaller', () => checkKeyOfCaller(dossier));
    log.judge('authorize', 'renewal', () => checkRenewal(request, parsed, certificate, profile, publicKeySha256, now));
  }
  log.note(
    'authorize',
    `device ${deviceId}, profile ${profile.name} version ${profile.version}, authority ${issuer.authority.name}`,
  );
  return authorized({
    issuer,
    profile,
    deviceId,
    device: dossier.device,
    publicKey,
    publicKeySha256,
    requested: caller.kind === 'certificate' ? namesOf(caller.certificate) : requestedNames(parsed),
    requestDigest: question.requestDigest,
    guard: {
      // What waited for an administrator has spent its use when it was put before him.
      spendSecretId: caller.kind === 'secret' && dossier.approval === undefined ? caller.secret.id : undefined,
      unrevokedCertificateId: caller.kind === 'certificate' ? caller.certificate.id : undefined,
      deviceId,
      registration: registrationBy(caller, dossier.device),
      maxActiveCertificates: maxActiveCertificates(caller, profile),
      authorityInUse: !profile.rules.service,
      ...supersededAfter(profile),
    },
  });
}

/** What the caller may do with the registration of its device. */
function registrationBy(caller: Caller, device: Device | undefined): DeviceRegistration {
  switch (caller.kind) {
    case 'secret':
      return caller.secret.deviceId === undefined ? 'mustBeUnknown' : 'none';
    case 'certificate':
      return 'none';
    case 'anyone':
      return 'ifUnknown';
    case 'challenge':
      if (caller.device === 'any') return 'ifUnknown';
      // Of a device that is registered and was never certified, the first certificate; the limit lets no second one pass.
      return caller.device === 'withoutCertificate' && device?.state === 'registered' ? 'none' : 'mustBeUnknown';
  }
}

function maxActiveCertificates(caller: Caller, { rules }: Profile): number | undefined {
  return caller.kind === 'challenge' && caller.device === 'withoutCertificate' ? 1 : rules.maxActiveCertificates;
}

function checkEnabled({ label, enabled }: EnrollmentEndpoint): void {
  if (!enabled) {
    throw new CaError('endpointDisabled', `The endpoint "${label}" is disabled. Ask the operator which one to use.`);
  }
}

/** What a first answer to a request needs beyond a repeated one: a use left in the secret, and a device that may have it. */
export function checkFirstAnswer(
  caller: Caller,
  enrollment: AuthorizedEnrollment,
  dossier: Dossier,
  now: Date,
  log: AttemptLog,
): void {
  if (caller.kind === 'secret' && dossier.approval === undefined) {
    const { secret } = caller;
    log.judge('authorize', 'secretUsable', () => checkSecretUsable(secret, now));
  }
  log.judge('authorize', 'device', () => checkDevice(enrollment, dossier.device));
}

export function checkDevice({ deviceId, guard }: AuthorizedEnrollment, device: Device | undefined): void {
  if (deviceId === undefined) return;
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
    `The device "${deviceId}" is registered already, and what it presents is for devices that are new here, or have no certificate yet. Ask the operator for a secret that is bound to the device.`,
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

/** Who asks, as far as a request being the same one goes. */
function callerKey(credential: JudgedCredential): string {
  switch (credential.kind) {
    case 'secret':
      return `secret:${credential.id}`;
    case 'certificate':
      return `certificate:${toHex(credential.fingerprintSha256)}`;
    case 'challenge':
    case 'anyone':
      return credential.kind;
  }
}

/**
 * What is asked of. All endpoints that renew a certificate issue the same, and a SCEP message that is sent on to another one of
 * them is no new wish.
 */
function scopeOf({ kind }: JudgedCredential, { label }: EnrollmentEndpoint): string {
  return kind === 'certificate' ? 'renewal' : `endpoint:${label}`;
}

/** The identity comes from the registration, or from whoever vouches; only where neither says does the request name its device. */
function deviceIdFor(caller: Caller, parsed: CertificationRequest, log: AttemptLog): string {
  const named = commonNameOf(parsed.subject);
  const registered = registeredDeviceId(caller);
  // Whoever vouches may name a device that nobody has registered.
  if (caller.kind === 'challenge' && registered !== undefined) checkDeviceId(registered);
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
  if (countOf(parsed.subject, rfc5280['id-at-commonName']) > 1) {
    throw refused('deviceNameAmbiguous', 'The request has several commonNames to register the device under');
  }
  checkDeviceId(named);
  return named;
}

function registeredDeviceId(caller: Caller): string | undefined {
  switch (caller.kind) {
    case 'secret':
      return caller.secret.deviceId;
    case 'certificate':
      return caller.certificate.deviceId;
    case 'challenge':
      return caller.deviceId;
    case 'anyone':
      return undefined;
  }
}

function countOf({ rdns }: Name, oid: string): number {
  return rdns.flat().filter((attribute) => attribute.oid === oid).length;
}
