/** Step 3: what this caller may have: which device, which profile, which authority. Makes an `AuthorizedEnrollment`. */
import { equalBytes, rfc6402, toHex } from '@touchmark/asn1';
import { sha256 } from '@touchmark/crypto';
import type { PublicKey } from '@touchmark/crypto';
import { commonNameOf, parseCertificate, sameName, subjectAltNamesOf } from '@touchmark/x509';
import type { CertificationRequest, GeneralName, Name } from '@touchmark/x509';
import type { AttemptLog } from './attempt-log.ts';
import type { Caller } from './authenticate.ts';
import { checkChannelBinding } from './channel-binding.ts';
import type { EnrollmentRequest } from './enrollment-request.ts';
import { CaError } from './errors.ts';
import type { Issuer } from './issuer.ts';
import type { EnrollmentEndpoint, EnrollmentSecret, IssuanceGuard, IssuedCertificate } from './model.ts';
import { checkDeviceId } from './name-policy.ts';
import { checkRequestKey } from './parse-request.ts';
import type { IssuanceRegistry } from './ports.ts';
import type { Profile } from './profile.ts';
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
  await checkKeyUse(publicKeySha256, deviceId, registry);

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
    requested: { commonName: commonNameOf(parsed.subject), subjectAltNames: parsed.requestedSubjectAltNames },
    requestDigest: requestDigest(callerKey(caller), `endpoint:${endpoint.label}`, parsed),
    guard: {
      spendSecretId: caller.kind === 'secret' ? caller.secret.id : undefined,
      unrevokedCertificateId: caller.kind === 'certificate' ? caller.certificate.id : undefined,
      deviceId,
      registerDevice: caller.kind === 'secret' && caller.secret.deviceId === undefined,
    },
  });
}

/**
 * What a first answer to a request needs beyond a repeated one: a use left in the secret, and that the secret does not take
 * over the name of a device that is alive.
 */
export async function checkFirstAnswer(
  caller: Caller,
  enrollment: AuthorizedEnrollment,
  registry: IssuanceRegistry,
  now: Date,
): Promise<void> {
  await checkDevice(enrollment, registry);
  if (caller.kind !== 'secret') return;
  checkSecretUsable(caller.secret, now);
  const { deviceId } = enrollment;
  if (caller.secret.deviceId !== undefined || deviceId === undefined) return;
  if (await registry.hasCurrentCertificate(deviceId, now)) {
    throw new CaError(
      'deviceAlreadyActive',
      `The device "${deviceId}" has a current certificate, and this secret is not bound to it. Ask the operator for a secret bound to the device, or to revoke its certificate.`,
    );
  }
}

export async function checkDevice(enrollment: AuthorizedEnrollment, registry: IssuanceRegistry): Promise<void> {
  if (enrollment.deviceId === undefined) return;
  const device = await registry.findDevice(enrollment.deviceId);
  if (device === undefined) {
    if (enrollment.guard.registerDevice) return;
    throw new CaError('deviceUnknown', `The device "${enrollment.deviceId}" is not registered.`);
  }
  switch (device.state) {
    case 'suspended':
      throw new CaError('deviceSuspended', `The device "${device.id}" is suspended. Ask the operator to resume it.`);
    case 'retired':
      throw new CaError('deviceRetired', `The device "${device.id}" is retired and gets no certificate any more.`);
    case 'registered':
    case 'active':
  }
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

export async function checkKeyUse(
  publicKeySha256: Uint8Array,
  deviceId: string | undefined,
  registry: IssuanceRegistry,
): Promise<void> {
  switch (await registry.findKeyUse(publicKeySha256, deviceId)) {
    case 'free':
      return;
    case 'compromised':
      throw new CaError(
        'keyBlocked',
        'This key was revoked as compromised and is never certified again. Make a new key.',
      );
    case 'otherDevice':
      throw new CaError(
        'keyOfAnotherDevice',
        'This key is certified for somebody else already. Every device makes its own key; was an image with a key in it copied?',
      );
  }
}

function checkSecretUsable(secret: EnrollmentSecret, now: Date): void {
  if (secret.uses >= secret.maxUses) {
    throw new CaError(
      'secretSpent',
      'This enrollment secret was used already, for another request. Ask the operator for a new one.',
    );
  }
  if (now >= secret.expiresAt) {
    throw new CaError(
      'secretExpired',
      `This enrollment secret expired at ${secret.expiresAt.toISOString()}. Ask the operator for a new one.`,
    );
  }
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

function checkRenewal(
  request: EnrollmentRequest,
  parsed: CertificationRequest,
  old: IssuedCertificate,
  profile: Profile,
  publicKeySha256: Uint8Array,
  now: Date,
): void {
  const { renewal } = profile.rules;
  const sameKey = equalBytes(publicKeySha256, old.publicKeySha256);
  if (sameKey && !renewal.sameKey) {
    throw new CaError(
      'renewSameKeyNotAllowed',
      `The profile "${profile.name}" renews with a new key only. Make a new key.`,
    );
  }
  if (!sameKey && !renewal.rekey) {
    throw new CaError('rekeyNotAllowed', `The profile "${profile.name}" renews with the same key only.`);
  }
  if (renewal.enforceWindow) {
    const life = old.notAfter.getTime() - old.notBefore.getTime();
    const opensAt = new Date(old.notBefore.getTime() + (life * renewal.opensAtPercent) / 100);
    if (now < opensAt)
      throw new CaError('renewalTooEarly', `The certificate can be renewed from ${opensAt.toISOString()} on.`);
  }
  // simpleenroll with a certificate (Azure IoT Edge renews so) takes the registered names whatever the request says.
  if (request.operation === 'simplereenroll') checkSameNames(parsed, old);
}

/** RFC 7030 §4.2.2: subject and subjectAltName of the request are those of the certificate to renew. */
function checkSameNames(parsed: CertificationRequest, old: IssuedCertificate): void {
  const certificate = parseCertificate(old.certificateDer);
  const changeSubjectName = parsed.attributes.some(
    (attribute) => attribute.oid === rfc6402['id-cmc-changeSubjectName'],
  );
  if (changeSubjectName) {
    throw new CaError(
      'nameNotAllowed',
      'ChangeSubjectName is not honoured: names come from the registration. Leave the attribute out.',
    );
  }
  if (!sameSubject(parsed.subject, certificate.subject)) {
    throw new CaError(
      'renewalNamesDiffer',
      'The subject of the request is not that of the certificate to renew (RFC 7030 §4.2.2). Copy the subject from the certificate.',
    );
  }
  if (!sameSubjectAltNames(parsed.requestedSubjectAltNames, subjectAltNamesOf(certificate))) {
    throw new CaError(
      'renewalNamesDiffer',
      'The subjectAltName of the request is not that of the certificate to renew (RFC 7030 §4.2.2). Copy it from the certificate.',
    );
  }
}

function sameSubject(requested: Name, current: Name): boolean {
  return sameName(requested, current);
}

function sameSubjectAltNames(requested: readonly GeneralName[], current: readonly GeneralName[]): boolean {
  const canonical = (names: readonly GeneralName[]): string =>
    names
      .map((name) => ('value' in name ? `${name.kind}:${name.value}` : `${name.kind}:${JSON.stringify(name)}`))
      .sort()
      .join('\n');
  return canonical(requested) === canonical(current);
}
