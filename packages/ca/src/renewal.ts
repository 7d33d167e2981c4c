/** Renewing: only the very certificate presented, by the rules of its profile, with the names it has. */
import { equalBytes, rfc6402 } from '@touchmark/asn1';
import { commonNameOf, parseCertificate, sameName, subjectAltNamesOf } from '@touchmark/x509';
import type { CertificationRequest, GeneralName } from '@touchmark/x509';
import type { EnrollmentRequest } from './enrollment-request.ts';
import { CaError } from './errors.ts';
import type { IssuedCertificate } from './model.ts';
import type { Profile } from './profile.ts';

/** The names a renewal asks for are those of the old certificate, whatever its request says. */
export function namesOf(old: IssuedCertificate): {
  readonly commonName: string | undefined;
  readonly subjectAltNames: readonly GeneralName[];
} {
  const certificate = parseCertificate(old.certificateDer);
  return { commonName: commonNameOf(certificate.subject), subjectAltNames: subjectAltNamesOf(certificate) };
}

export function checkRenewal(
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
  if (!sameName(parsed.subject, certificate.subject)) {
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

function sameSubjectAltNames(requested: readonly GeneralName[], current: readonly GeneralName[]): boolean {
  const canonical = (names: readonly GeneralName[]): string =>
    names
      .map((name) => ('value' in name ? `${name.kind}:${name.value}` : `${name.kind}:${JSON.stringify(name)}`))
      .sort()
      .join('\n');
  return canonical(requested) === canonical(current);
}
