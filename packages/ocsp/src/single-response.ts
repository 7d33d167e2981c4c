/**
 * SingleResponse (RFC 6960 §4.2.1): what is said of one certificate.
 *
 *     SingleResponse ::= SEQUENCE {
 *       certID               CertID,
 *       certStatus           CertStatus,
 *       thisUpdate           GeneralizedTime,
 *       nextUpdate       [0] EXPLICIT GeneralizedTime OPTIONAL,
 *       singleExtensions [1] EXPLICIT Extensions OPTIONAL }
 *     CertStatus  ::= CHOICE { good [0] IMPLICIT NULL, revoked [1] IMPLICIT RevokedInfo, unknown [2] IMPLICIT NULL }
 *     RevokedInfo ::= SEQUENCE { revocationTime GeneralizedTime, revocationReason [0] EXPLICIT CRLReason OPTIONAL }
 */
import { der } from '@touchmark/asn1';
import type { Revocation } from '@touchmark/ca';
import { crlReasonCodes } from '@touchmark/x509';

export type CertStatus =
  | { readonly kind: 'good' }
  | { readonly kind: 'revoked'; readonly revocation: Revocation }
  /** Never issued, or not by this authority. */
  | { readonly kind: 'unknown' };

export interface SingleResponse {
  readonly certIdDer: Uint8Array;
  readonly certStatus: CertStatus;
}

const good = der.implicit(0, new Uint8Array(0));
const unknown = der.implicit(2, new Uint8Array(0));

/** `thisUpdateDer` and `nextUpdateDer` are encoded already: they are the same in all responses of one answer. */
export function encodeSingleResponse(
  single: SingleResponse,
  thisUpdateDer: Uint8Array,
  nextUpdateDer: Uint8Array,
): Uint8Array {
  return der.sequence(
    single.certIdDer,
    encodeCertStatus(single.certStatus),
    thisUpdateDer,
    der.explicit(0, nextUpdateDer),
  );
}

function encodeCertStatus(status: CertStatus): Uint8Array {
  switch (status.kind) {
    case 'good':
      return good;
    case 'unknown':
      return unknown;
    case 'revoked': {
      const { revokedAt, reason } = status.revocation;
      const revocationTime = der.generalizedTime(revokedAt);
      // As in CRLs (RFC 5280 §5.3.1), unspecified is said by leaving the reason out.
      return reason === 'unspecified'
        ? der.context(1, { constructed: true }, revocationTime)
        : der.context(
            1,
            { constructed: true },
            revocationTime,
            der.explicit(0, der.enumerated(crlReasonCodes[reason])),
          );
    }
  }
}

export function sameStatus(a: CertStatus, b: CertStatus): boolean {
  if (a.kind === 'revoked' && b.kind === 'revoked') {
    return (
      a.revocation.reason === b.revocation.reason &&
      a.revocation.revokedAt.getTime() === b.revocation.revokedAt.getTime()
    );
  }
  return a.kind === b.kind;
}
