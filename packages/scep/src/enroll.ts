/** PKCSReq and RenewalReq (RFC 8894 §3.3.1): who asks, and for what. */
import { equalBytes } from '@touchmark/asn1';
import type { EnrollmentCredentials, EnrollmentRequest } from '@touchmark/ca';
import { sameName } from '@touchmark/x509';
import type { Certificate, CertificationRequest } from '@touchmark/x509';
import type { ScepEndpoint } from './authority.ts';
import type { UnreadableMessages } from './unreadable-messages.ts';

export interface EnrollmentContext {
  readonly requestId: string;
  readonly remoteAddress: string;
  readonly endpoint: ScepEndpoint;
  readonly transactionId: string;
  readonly unreadable: UnreadableMessages;
  readonly warnings: string[];
}

export function enrollmentRequest(
  operation: 'PKCSReq' | 'RenewalReq',
  request: CertificationRequest,
  signer: Certificate,
  { requestId, remoteAddress, endpoint, transactionId, warnings }: EnrollmentContext,
): EnrollmentRequest {
  return {
    requestId,
    protocol: 'scep',
    operation,
    kind: operation === 'RenewalReq' ? 'renewal' : 'enrollment',
    endpointLabel: endpoint.label,
    credentials: credentialsOf(request, signer, warnings),
    requestDer: request.der,
    channelBinding: undefined,
    transactionId,
    mayNameAnother: false,
    acceptsSha1: endpoint.settings.sha1,
    remoteAddress,
    warnings,
  };
}

/**
 * Who has no certificate yet signs with one of his own making, and the challenge tells who he is. Any other certificate
 * stands for itself: what became of it is on record. Devices go on sending the challenge of their first day when they renew,
 * and it must not count again.
 */
function credentialsOf(request: CertificationRequest, signer: Certificate, warnings: string[]): EnrollmentCredentials {
  const { challengePassword } = request;
  const challenge = challengePassword === '' ? undefined : challengePassword;
  if (isSelf(signer, request)) {
    return {
      password: challenge === undefined ? undefined : { userName: '', value: challenge },
      certificateDer: undefined,
    };
  }
  if (challenge !== undefined) {
    warnings.push('the challengePassword was ignored: the certificate that signed the message is what counts');
  }
  return { password: undefined, certificateDer: signer.der };
}

/** Its validity, its names and its signature are left alone: nobody relies on them. */
function isSelf({ subjectPublicKeyInfoDer, issuer, subject }: Certificate, request: CertificationRequest): boolean {
  return equalBytes(subjectPublicKeyInfoDer, request.subjectPublicKeyInfoDer) && sameName(issuer, subject);
}
