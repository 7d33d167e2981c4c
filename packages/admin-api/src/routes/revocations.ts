/** Routes of revocation: of one certificate, for good or for a while, and of an authority. */
import { actOf } from '../act.ts';
import { jsonRoute } from '../route.ts';
import { CertificateParams, toCertificateReference } from '../schemas/certificate.ts';
import { AuthorityParams } from '../schemas/authority.ts';
import {
  RevokeAuthorityBody,
  RevokeBody,
  RevokedAnswer,
  checkInvalidityDate,
  Seen,
  showOutcome,
  showSeen,
} from '../schemas/revocation.ts';

const tag = 'revocations';
const params = CertificateParams;

export const revocationRoutes = [
  jsonRoute({
    name: 'revokeCertificate',
    method: 'POST',
    path: '/certificates/{id}/revoke',
    tag,
    summary: 'Revoke a certificate',
    access: { kind: 'act', role: 'officer' },
    params,
    body: RevokeBody,
    response: RevokedAnswer,
    description: 'The certificate as it is now; the revocation is on record',
    handle: async ({ params: { id }, body: revocation }, context) => {
      const { services, now } = context;
      checkInvalidityDate(revocation.invalidityDate, now());
      const wanted = { reason: revocation.reason, invalidityDate: revocation.invalidityDate };
      return showOutcome(await services.revokeCertificate(toCertificateReference(id), wanted, actOf(context)), now());
    },
  }),
  jsonRoute({
    name: 'holdCertificate',
    method: 'POST',
    path: '/certificates/{id}/hold',
    tag,
    summary: 'Put a certificate on hold until it is released',
    access: { kind: 'act', role: 'officer' },
    params,
    response: RevokedAnswer,
    description: 'The certificate as it is now; OCSP and the next CRL say certificateHold',
    handle: async ({ params: { id } }, context) =>
      showOutcome(await context.services.holdCertificate(toCertificateReference(id), actOf(context)), context.now()),
  }),
  jsonRoute({
    name: 'releaseCertificate',
    method: 'POST',
    path: '/certificates/{id}/release',
    tag,
    summary: 'Release a certificate that is on hold',
    access: { kind: 'act', role: 'officer' },
    params,
    response: RevokedAnswer,
    description: 'The certificate as it is now; OCSP says good, and the next CRL has no entry of it',
    handle: async ({ params: { id } }, context) =>
      showOutcome(await context.services.releaseCertificate(toCertificateReference(id), actOf(context)), context.now()),
  }),
  jsonRoute({
    name: 'reportSeen',
    method: 'POST',
    path: '/certificates/{id}/seen',
    tag,
    summary: 'Report that a certificate is in use',
    access: { kind: 'report' },
    params,
    response: Seen,
    description:
      'When and by whom it was first seen; the profile may have the older certificates of the device revoked',
    handle: async ({ params: { id } }, context) =>
      showSeen(await context.services.reportSeen(toCertificateReference(id), actOf(context))),
  }),
  jsonRoute({
    name: 'revokeAuthority',
    method: 'POST',
    path: '/authorities/{authority}/revoke',
    tag,
    summary: "Revoke the certificate of an issuing CA, in its issuer's CRL",
    access: { kind: 'act', role: 'administrator' },
    params: AuthorityParams,
    body: RevokeAuthorityBody,
    response: RevokedAnswer,
    description: 'The certificate of the authority as it is now',
    handle: async ({ params: { authority }, body }, context) => {
      const { services, now } = context;
      checkInvalidityDate(body.invalidityDate, now());
      const wanted = { reason: body.reason, invalidityDate: body.invalidityDate, confirm: body.confirm };
      return showOutcome(await services.revokeAuthority(authority, wanted, actOf(context)), now());
    },
  }),
];
