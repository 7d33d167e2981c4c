/** Step 2: who asks. A secret or a certificate is looked up and judged; what it may do is decided in step 3. */
import { sha256 } from '@touchmark/crypto';
import { toHex } from '@touchmark/asn1';
import type { AttemptLog } from './attempt-log.ts';
import type { EnrollmentRequest } from './enrollment-request.ts';
import { secretIdOf, secretMatches } from './enrollment-secret.ts';
import { CaError } from './errors.ts';
import type { EnrollmentEndpoint, EnrollmentSecret, IssuedCertificate } from './model.ts';
import type { IssuanceRegistry } from './ports.ts';

/** A caller whose credential is genuine. Whether a secret still has a use left is for step 3: a retry may have spent it. */
export type Caller =
  | { readonly kind: 'secret'; readonly secret: EnrollmentSecret }
  | { readonly kind: 'certificate'; readonly certificate: IssuedCertificate };

export async function authenticate(
  request: EnrollmentRequest,
  endpoint: EnrollmentEndpoint,
  registry: IssuanceRegistry,
  now: Date,
  log: AttemptLog,
): Promise<Caller> {
  const { basic, clientCertificateDer } = request.credentials;
  if (request.operation === 'simplereenroll') {
    if (clientCertificateDer === undefined) {
      throw new CaError(
        'credentialsNotAccepted',
        'simplereenroll is authenticated by the very certificate to renew: present it in the TLS handshake.',
      );
    }
    return authenticateCertificate(clientCertificateDer, endpoint, registry, now, log);
  }
  if (basic !== undefined) return authenticateSecret(basic, request.remoteAddress, endpoint, registry, now, log);
  if (clientCertificateDer !== undefined) {
    return authenticateCertificate(clientCertificateDer, endpoint, registry, now, log);
  }
  throw new CaError(
    'credentialsMissing',
    'Send an enrollment secret as the password of HTTP Basic, or present a certificate of the device in the TLS handshake.',
  );
}

async function authenticateSecret(
  basic: { readonly userName: string; readonly password: string },
  remoteAddress: string,
  endpoint: EnrollmentEndpoint,
  registry: IssuanceRegistry,
  now: Date,
  log: AttemptLog,
): Promise<Caller> {
  if (!endpoint.acceptsSecret) {
    throw new CaError('credentialsNotAccepted', `The endpoint "${endpoint.label}" accepts no enrollment secret.`);
  }
  const id = secretIdOf(basic.password);
  const secret = id === undefined ? undefined : await registry.findSecret(id, remoteAddress);
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
  if (!secretMatches(secret, basic.password)) {
    await registry.recordSecretFailure(secret.id, remoteAddress, now);
    throw wrongSecret();
  }
  log.actor = `secret:${secret.id}`;
  if (secret.endpointLabel !== endpoint.label) {
    throw new CaError('secretForAnotherEndpoint', `This secret is not for the endpoint "${endpoint.label}".`);
  }
  if (secret.revokedAt !== undefined) {
    throw new CaError('secretRevoked', 'This secret was revoked. Ask the operator for a new one.');
  }
  if (secret.deviceId !== undefined && basic.userName !== '' && basic.userName !== secret.deviceId) {
    throw new CaError(
      'secretForAnotherDevice',
      'This secret is bound to another device: leave the user name empty or give the id of the bound device.',
    );
  }
  log.note('authenticate', `enrollment secret ${secret.id}, ${secret.uses} of ${secret.maxUses} uses spent`);
  return { kind: 'secret', secret };
}

function wrongSecret(): CaError {
  return new CaError('secretWrong', 'The enrollment secret is not known. Check that all of it was copied.');
}

async function authenticateCertificate(
  clientCertificateDer: Uint8Array,
  endpoint: EnrollmentEndpoint,
  registry: IssuanceRegistry,
  now: Date,
  log: AttemptLog,
): Promise<Caller> {
  if (!endpoint.acceptsCertificate) {
    throw new CaError('credentialsNotAccepted', `The endpoint "${endpoint.label}" accepts no client certificate.`);
  }
  const fingerprint = sha256(clientCertificateDer);
  const certificate = await registry.findCertificateByFingerprint(fingerprint);
  if (certificate === undefined) {
    throw new CaError('certificateUnknown', 'The client certificate was not issued by this authority.');
  }
  log.actor = `certificate:${toHex(fingerprint)}`;
  log.deviceId = certificate.deviceId;
  checkCurrent(certificate, endpoint, now);
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
  log.note('authenticate', `certificate ${certificate.id} of device ${certificate.deviceId}`);
  return { kind: 'certificate', certificate };
}

function checkCurrent(certificate: IssuedCertificate, endpoint: EnrollmentEndpoint, now: Date): void {
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
