/** Step 2: who asks. The secret or the certificate that was presented is judged; what it may do is decided in step 3. */
import { sha256 } from '@touchmark/crypto';
import { toHex } from '@touchmark/asn1';
import type { AttemptLog } from './attempt-log.ts';
import type { CertificateReference, Dossier, SecretReference } from './dossier.ts';
import type { EnrollmentRequest } from './enrollment-request.ts';
import { secretIdOf, secretMatches } from './enrollment-secret.ts';
import { CaError } from './errors.ts';
import type { ChallengeKind, EnrollmentEndpoint, EnrollmentSecret, IssuedCertificate } from './model.ts';
import type { ChallengeVerdict, IssuanceRegistry } from './ports.ts';

/** A caller whose credential is genuine. Whether a secret still has a use left is for step 3: a retry may have spent it. */
export type Caller =
  | { readonly kind: 'secret'; readonly secret: EnrollmentSecret }
  | { readonly kind: 'certificate'; readonly certificate: IssuedCertificate }
  /** The challenge was verified, and stands for this. */
  | ({ readonly kind: 'challenge'; readonly challenge: ChallengeKind } & ChallengeVerdict)
  /** Nothing was asked for: an administrator decides. */
  | { readonly kind: 'anyone' };

/** What a request presents, before anybody was asked whether it is genuine. */
export type Credential = SecretCredential | CertificateReference | ChallengeCredential | NoCredential;

interface ChallengeCredential {
  readonly kind: 'challenge';
  readonly challenge: string;
}

/** Challenges are verified before the registry is asked: the verdict says which device it is asked about. */
export type JudgedCredential =
  Exclude<Credential, ChallengeCredential> | { readonly kind: 'challenge'; readonly verdict: ChallengeVerdict };

interface NoCredential {
  readonly kind: 'anyone';
}

interface SecretCredential extends SecretReference {
  readonly userName: string;
  readonly value: string;
}

/** The credential that counts. Throws when there is none that this endpoint takes for this operation. */
export function credentialOf(request: EnrollmentRequest, endpoint: EnrollmentEndpoint): Credential {
  const { password, certificateDer } = request.credentials;
  if (request.kind === 'renewal') {
    if (certificateDer !== undefined) return certificateCredential(certificateDer, endpoint);
    throw new CaError(
      'credentialsNotAccepted',
      `${request.operation} is authenticated by the very certificate to renew: prove that its key is there.`,
    );
  }
  if (password !== undefined) return passwordCredential(password, request.remoteAddress, endpoint);
  if (certificateDer !== undefined) return certificateCredential(certificateDer, endpoint);
  if (endpoint.acceptsAnyone) return { kind: 'anyone' };
  throw new CaError(
    'credentialsMissing',
    'Send an enrollment secret (over EST as the password of HTTP Basic, over SCEP as the challengePassword), or prove to have the key of a certificate of the device.',
  );
}

/** What has the form of an enrollment secret is one; whatever else is sent as a password is a challenge. */
function passwordCredential(
  password: { readonly userName: string; readonly value: string },
  remoteAddress: string,
  endpoint: EnrollmentEndpoint,
): SecretCredential | ChallengeCredential {
  const { acceptsSecret, challenge } = endpoint;
  if (!acceptsSecret && challenge === undefined) {
    throw new CaError('credentialsNotAccepted', `The endpoint "${endpoint.label}" accepts no enrollment secret.`);
  }
  const id = acceptsSecret ? secretIdOf(password.value) : undefined;
  if (id !== undefined) return { kind: 'secret', id, remoteAddress, ...password };
  if (challenge === undefined) throw wrongSecret();
  return { kind: 'challenge', challenge: password.value };
}

function certificateCredential(certificateDer: Uint8Array, endpoint: EnrollmentEndpoint): CertificateReference {
  if (!endpoint.acceptsCertificate) {
    throw new CaError('credentialsNotAccepted', `The endpoint "${endpoint.label}" accepts no client certificate.`);
  }
  return { kind: 'certificate', fingerprintSha256: sha256(certificateDer) };
}

/** @param failures where a wrong secret is counted; the one thing that is written before step 6 */
export async function authenticate(
  credential: JudgedCredential,
  endpoint: EnrollmentEndpoint,
  dossier: Dossier,
  failures: Pick<IssuanceRegistry, 'recordSecretFailure'>,
  now: Date,
  log: AttemptLog,
): Promise<Caller> {
  switch (credential.kind) {
    case 'secret':
      return authenticateSecret(credential, endpoint, dossier.secret, failures, now, log);
    case 'certificate':
      return authenticateCertificate(credential, endpoint, dossier, now, log);
    case 'challenge':
      return admitChallenge(endpoint, credential.verdict, log);
    case 'anyone':
      log.actor = `endpoint:${endpoint.label}`;
      log.note('authenticate', 'nothing was presented, and the endpoint asks for nothing: an administrator decides');
      return { kind: 'anyone' };
  }
}

function admitChallenge({ label, challenge }: EnrollmentEndpoint, verdict: ChallengeVerdict, log: AttemptLog): Caller {
  if (challenge === undefined) throw new CaError('internal', 'The endpoint has no challenge.');
  log.actor = `challenge:${label}`;
  log.note('authenticate', `the ${challenge.kind} challenge of the endpoint is right`);
  return { kind: 'challenge', challenge: challenge.kind, ...verdict };
}

async function authenticateSecret(
  { remoteAddress, userName, value }: SecretCredential,
  endpoint: EnrollmentEndpoint,
  secret: EnrollmentSecret | undefined,
  failures: Pick<IssuanceRegistry, 'recordSecretFailure'>,
  now: Date,
  log: AttemptLog,
): Promise<Caller> {
  if (secret === undefined) throw wrongSecret();
  log.secretId = secret.id;
  if (secret.lockedUntil !== undefined && secret.lockedUntil > now) {
    const seconds = Math.ceil((secret.lockedUntil.getTime() - now.getTime()) / 1000);
    throw new CaError(
      'secretLocked',
      `This secret is locked after too many wrong tries. Try again in ${seconds} seconds.`,
      {
        retryAfterSeconds: seconds,
      },
    );
  }
  if (!secretMatches(secret, value)) {
    await failures.recordSecretFailure(secret.id, remoteAddress, now);
    throw wrongSecret();
  }
  return admitSecret(secret, userName, endpoint, log);
}

/** A secret that is known to be the caller's. */
export function admitSecret(
  secret: EnrollmentSecret,
  userName: string,
  endpoint: EnrollmentEndpoint,
  log: AttemptLog,
): Caller {
  log.actor = `secret:${secret.id}`;
  log.judge('authenticate', 'secretEndpoint', () => {
    if (secret.endpointLabel === endpoint.label) return;
    throw new CaError('secretForAnotherEndpoint', `This secret is not for the endpoint "${endpoint.label}".`);
  });
  log.judge('authenticate', 'secretNotRevoked', () => checkSecretNotRevoked(secret));
  log.judge('authenticate', 'secretDevice', () => {
    if (secret.deviceId === undefined || userName === '' || userName === secret.deviceId) return;
    throw new CaError(
      'secretForAnotherDevice',
      'This secret is bound to another device: leave the user name empty or give the id of the bound device.',
    );
  });
  log.note('authenticate', `enrollment secret ${secret.id}, ${secret.uses} of ${secret.maxUses} uses spent`);
  return { kind: 'secret', secret };
}

export function checkSecretNotRevoked(secret: EnrollmentSecret): void {
  if (secret.revokedAt === undefined) return;
  throw new CaError('secretRevoked', 'This secret was revoked. Ask the operator for a new one.');
}

function wrongSecret(): CaError {
  return new CaError('secretWrong', 'The enrollment secret is not known. Check that all of it was copied.');
}

/** A certificate that was proven in the handshake. */
export function authenticateCertificate(
  { fingerprintSha256 }: CertificateReference,
  endpoint: EnrollmentEndpoint,
  dossier: Dossier,
  now: Date,
  log: AttemptLog,
): Caller {
  const certificate = log.establish('authenticate', 'certificateKnown', () => knownCertificate(dossier));
  log.actor = `certificate:${toHex(fingerprintSha256)}`;
  log.deviceId = certificate.deviceId;
  log.callerCertificateId = certificate.id;
  log.judge('authenticate', 'certificateCurrent', () => checkCurrent(certificate, endpoint, now));
  log.establish('authenticate', 'certificateKind', () => checkKind(certificate, endpoint));
  log.note('authenticate', `certificate ${certificate.id} of device ${certificate.deviceId}`);
  return { kind: 'certificate', certificate };
}

function knownCertificate({ certificate }: Dossier): IssuedCertificate {
  if (certificate !== undefined) return certificate;
  throw new CaError('certificateUnknown', 'The client certificate was not issued by this authority.');
}

function checkKind(certificate: IssuedCertificate, endpoint: EnrollmentEndpoint): void {
  if (
    certificate.deviceId === undefined ||
    certificate.authorityId !== endpoint.authorityId ||
    certificate.profileName !== endpoint.profile.name
  ) {
    throw new CaError(
      'certificateForAnotherEndpoint',
      `The client certificate is not of the kind that the endpoint "${endpoint.label}" issues and renews.`,
    );
  }
}

function checkCurrent(certificate: IssuedCertificate, endpoint: EnrollmentEndpoint, now: Date): void {
  if (certificate.revocation?.reason === 'certificateHold') {
    throw new CaError(
      'certificateHeld',
      'The client certificate is on hold and renews nothing until it is released. Ask the operator.',
    );
  }
  if (certificate.revocation !== undefined) {
    throw new CaError(
      'certificateRevoked',
      'The client certificate is revoked and renews nothing. Ask the operator for a new enrollment secret.',
    );
  }
  if (now < certificate.notBefore) {
    throw new CaError('certificateNotYetValid', 'The client certificate is not valid yet.');
  }
  const graceSeconds = endpoint.profile.rules.renewal.graceSeconds;
  // notAfter is inclusive: the certificate is valid through its last second (RFC 5280 §4.1.2.5).
  if (now.getTime() >= certificate.notAfter.getTime() + 1000 + graceSeconds * 1000) {
    throw new CaError(
      'certificateExpired',
      `The client certificate expired at ${certificate.notAfter.toISOString()}. Ask the operator for a new enrollment secret.`,
    );
  }
}
