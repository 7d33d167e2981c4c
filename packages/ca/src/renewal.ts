/** Renewing: only the very certificate presented, by the rules of its profile, with the names it has. */
import { equalBytes, rfc6402 } from '@touchmark/asn1';
import { commonNameOf, parseCertificate, sameName, subjectAltNamesOf } from '@touchmark/x509';
import type { CertificationRequest, GeneralName } from '@touchmark/x509';
import type { EnrollmentRequest } from './enrollment-request.ts';
import { CaError } from './errors.ts';
import type { IssuedCertificate } from './model.ts';
import type { Profile } from './profile.ts';
import { namesOfCertificate } from './profile/name-sources.ts';
import type { RequestedNames } from './profile/name-sources.ts';

/** The names a renewal asks for are those of the old certificate, whatever its request says. */
export function namesOf(old: IssuedCertificate): RequestedNames {
  return namesOfCertificate(parseCertificate(old.certificateDer));
}

export interface RenewalTimes {
  /** From then on a renewal is due, and with `enforceWindow` not refused. */
  readonly opensAt: Date;
  /** When a client should renew, give or take `jitterSeconds`. */
  readonly targetAt: Date;
  readonly jitterSeconds: number;
  /** The last instant at which the certificate still authenticates its own renewal. */
  readonly endsAt: Date;
}

/** The renewal window of a certificate under today's rules of its profile. */
export function renewalTimes(
  { notBefore, notAfter }: Pick<IssuedCertificate, 'notBefore' | 'notAfter'>,
  { rules: { renewal } }: Profile,
): RenewalTimes {
  const life = notAfter.getTime() - notBefore.getTime();
  const after = (percent: number): Date => new Date(notBefore.getTime() + (life * percent) / 100);
  return {
    opensAt: after(renewal.opensAtPercent),
    targetAt: after(renewal.targetPercent),
    jitterSeconds: Math.floor((life * renewal.jitterPercent) / 100_000),
    // notAfter is inclusive: the last second counts.
    endsAt: new Date(notAfter.getTime() + 999 + renewal.graceSeconds * 1000),
  };
}

export function checkRenewal(
  request: Pick<EnrollmentRequest, 'kind' | 'mayNameAnother'>,
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
    const { opensAt } = renewalTimes(old, profile);
    if (now < opensAt)
      throw new CaError('renewalTooEarly', `The certificate can be renewed from ${opensAt.toISOString()} on.`);
  }
  // Enrolling with a certificate (Azure IoT Edge renews so, and old SCEP clients) takes the registered names whatever the request says.
  if (request.kind === 'renewal') checkSameNames(parsed, old);
  else if (request.mayNameAnother === false) checkSameDevice(parsed, old);
}

/** Clients have the id of the device for a name, or what their certificate says. */
function checkSameDevice(parsed: CertificationRequest, old: IssuedCertificate): void {
  const named = commonNameOf(parsed.subject);
  if (named === undefined || named === old.deviceId) return;
  const certificate = parseCertificate(old.certificateDer);
  if (named === commonNameOf(certificate.subject) || sameName(parsed.subject, certificate.subject)) return;
  throw new CaError(
    'renewalNamesDiffer',
    'The request names another device than the certificate that signed it. Sign with the certificate of the device itself, or, to enroll it, with the key of the request.',
  );
}

/** RFC 7030 §4.2.2: subject and subjectAltName of the request are those of the certificate to renew. */
function checkSameNames(parsed: CertificationRequest, old: IssuedCertificate): void {
  const certificate = parseCertificate(old.certificateDer);
  const changeSubjectName = parsed.attributes.some(
    (attribute) => attribute.oid === rfc6402['id-cmc-changeSubjectName'],
  );
  if (changeSubjectName) {
    throw new CaError(
      'changeSubjectNameNotAllowed',
      'ChangeSubjectName is not honoured: names come from the registration. Leave the attribute out.',
    );
  }
  if (!sameName(parsed.subject, certificate.subject)) {
    throw new CaError(
      'renewalNamesDiffer',
      'The subject of the request is not that of the certificate to renew (RFC 7030 §4.2.2). Copy the subject from the certificate.',
    );
  }
  if (!sameSubjectAltNames(parsed.requestedSubjectAltNames, subjectAltNamesOf(certificate))) {
    throw new CaError(
      'renewalSubjectAltNamesDiffer',
      'The subjectAltName of the request is not that of the certificate to renew (RFC 7030 §4.2.2). Copy it from the certificate.',
    );
  }
}

function sameSubjectAltNames(requested: readonly GeneralName[], current: readonly GeneralName[]): boolean {
  const canonical = (names: readonly GeneralName[]): string =>
    names
      .map((name) => ('value' in name ? `${name.kind}:${name.value}` : `${name.kind}:${JSON.stringify(name)}`))
      .sort()
      .join('\n');
  return canonical(requested) === canonical(current);
}
