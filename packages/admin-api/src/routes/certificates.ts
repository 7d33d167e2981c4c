/** Routes of certificates: list, show, download, issue, revoke. */
import { encodePem, toHex } from '@touchmark/asn1';
import { encodeCertsOnly } from '@touchmark/cms';
import { z } from 'zod';
import { actOf, linkToNext, pageOfQuery } from '../act.ts';
import { toProblemException } from '../failure.ts';
import type { AdminServices, IssueOutcome } from '../ports.ts';
import { fileRoute, jsonRoute } from '../route.ts';
import type { CallContext, HeaderFields } from '../route.ts';
import {
  Certificate,
  CertificateParams,
  IssueBody,
  IssuedAnswer,
  showCertificate,
  toCertificateReference,
} from '../schemas/certificate.ts';
import { CertificateQuery, toSelection } from '../schemas/certificate-selection.ts';
import { pageOf } from '../schemas/common.ts';
import { Explanation, showExplanation } from '../schemas/explanation.ts';

const tag = 'certificates';
const params = CertificateParams;
const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');

export const certificateRoutes = [
  jsonRoute({
    name: 'listCertificates',
    method: 'GET',
    path: '/certificates',
    tag,
    summary: 'List certificates, newest first',
    access: { kind: 'read', role: 'viewer' },
    query: CertificateQuery,
    response: pageOf(Certificate),
    description: 'One page of certificates',
    headers: linkToNext,
    handle: async ({ query }, { services, now }) => {
      const page = await services.listCertificates(await toSelection(query, services), pageOfQuery(query));
      const at = now();
      return { items: page.items.map((item) => showCertificate(item, at)), nextCursor: page.nextCursor ?? null };
    },
  }),
  jsonRoute({
    name: 'issueCertificate',
    method: 'POST',
    path: '/certificates',
    tag,
    summary: 'Issue a certificate for a certification request',
    access: { kind: 'act', role: 'officer' },
    query: z.strictObject({
      dryRun: flag.meta({
        description: 'Issue nothing: answer with what would become of it, as POST /api/v1/explain does',
      }),
    }),
    body: IssueBody,
    idempotencyKey: 'The same request with the same key gives the same certificate; without a key, each its own.',
    status: 201,
    statusOf: (answer) => ('certificatePem' in answer ? 201 : 200),
    response: z.union([IssuedAnswer, Explanation]),
    description: 'The certificate; with dryRun, and 200, the explanation',
    headers: (answer): HeaderFields =>
      'certificatePem' in answer ? { Location: `/api/v1/certificates/${answer.certificate.id}` } : {},
    handle: async ({ body, query }, context) => {
      const { profile, authority, certificationRequest, commonName, subjectAltNames, deviceId } = body;
      const act = actOf(context);
      if (query.dryRun) {
        const caller = { kind: 'principal', commonName, subjectAltNames, deviceId } as const;
        return showExplanation(
          await context.services.explain(
            {
              requestDer: certificationRequest,
              caller,
              operation: undefined,
              endpointLabel: undefined,
              profileName: profile,
              candidate: undefined,
              authority,
            },
            act,
          ),
        );
      }
      const request = {
        profileName: profile,
        authority,
        requestDer: certificationRequest,
        commonName,
        subjectAltNames,
        deviceId,
        idempotencyKey: context.idempotencyKey,
      };
      return answerIssue(await context.services.issueCertificate(request, act), context);
    },
  }),
  jsonRoute({
    name: 'getCertificate',
    method: 'GET',
    path: '/certificates/{id}',
    tag,
    summary: 'Show a certificate',
    access: { kind: 'read', role: 'viewer' },
    params,
    response: Certificate,
    description: 'The certificate',
    handle: async ({ params: { id } }, { services, now }) =>
      showCertificate(await services.getCertificate(toCertificateReference(id)), now()),
  }),
  fileRoute({
    name: 'downloadCertificatePem',
    method: 'GET',
    path: '/certificates/{id}/pem',
    tag,
    summary: 'Download a certificate in PEM',
    access: { kind: 'read', role: 'viewer' },
    params,
    contentType: 'application/pem-certificate-chain',
    description: 'PEM (RFC 7468)',
    handle: async ({ params: { id } }, { services }) => {
      const record = await services.getCertificate(toCertificateReference(id));
      return { fileName: `${toHex(record.serialNumber)}.pem`, body: pemOf([record.certificateDer]) };
    },
  }),
  fileRoute({
    name: 'downloadCertificateDer',
    method: 'GET',
    path: '/certificates/{id}/der',
    tag,
    summary: 'Download a certificate in DER',
    access: { kind: 'read', role: 'viewer' },
    params,
    contentType: 'application/pkix-cert',
    description: 'DER (RFC 2585 §4.1)',
    handle: async ({ params: { id } }, { services }) => {
      const record = await services.getCertificate(toCertificateReference(id));
      return { fileName: `${toHex(record.serialNumber)}.cer`, body: record.certificateDer };
    },
  }),
  fileRoute({
    name: 'downloadCertificateChain',
    method: 'GET',
    path: '/certificates/{id}/chain',
    tag,
    summary: 'Download a certificate and its issuers in PEM',
    access: { kind: 'read', role: 'viewer' },
    params,
    query: z.strictObject({ root: flag.meta({ description: 'Add the root, which a TLS server does not send' }) }),
    contentType: 'application/pem-certificate-chain',
    description: 'PEM, the certificate first (RFC 8555 §9.1)',
    handle: async ({ params: { id }, query }, { services }) => {
      const record = await services.getCertificate(toCertificateReference(id));
      const chain = await issuersOf(record.authorityId, services, query.root);
      return { fileName: `${toHex(record.serialNumber)}-chain.pem`, body: pemOf([record.certificateDer, ...chain]) };
    },
  }),
  fileRoute({
    name: 'downloadCertificateP7b',
    method: 'GET',
    path: '/certificates/{id}/p7b',
    tag,
    summary: 'Download a certificate, its issuers and the root as certs-only CMS',
    access: { kind: 'read', role: 'viewer' },
    params,
    contentType: 'application/pkcs7-mime; smime-type=certs-only',
    description: 'P7B (RFC 5652 §5), DER, the certificate first',
    handle: async ({ params: { id } }, { services }) => {
      const record = await services.getCertificate(toCertificateReference(id));
      const issuers = await issuersOf(record.authorityId, services, true);
      const body = encodeCertsOnly([record.certificateDer, ...issuers]);
      return { fileName: `${toHex(record.serialNumber)}.p7b`, body };
    },
  }),
];

async function answerIssue(outcome: IssueOutcome, { services, now }: CallContext): Promise<IssuedAnswer> {
  if (outcome.kind === 'refused') throw toProblemException(outcome.error, outcome.attemptId);
  const { certificateDer, authorityId } = outcome.certificate;
  const issuers = await issuersOf(authorityId, services, false);
  return {
    attemptId: outcome.attemptId,
    certificate: showCertificate(outcome.certificate, now()),
    certificatePem: encodePem('CERTIFICATE', certificateDer),
    chainPem: [certificateDer, ...issuers].map((der) => encodePem('CERTIFICATE', der)).join(''),
  };
}

/** From the issuing CA upwards; at most 8, so that a circle in the registry cannot hold the request. */
async function issuersOf(authorityId: string, services: AdminServices, withRoot: boolean): Promise<Uint8Array[]> {
  const issuers: Uint8Array[] = [];
  let id: string | undefined = authorityId;
  while (id !== undefined && issuers.length < 8) {
    const authority = await services.getAuthority(id);
    if (authority.issuerId === undefined && !withRoot) break;
    issuers.push(authority.certificateDer);
    id = authority.issuerId;
  }
  return issuers;
}

function pemOf(certificatesDer: readonly Uint8Array[]): Uint8Array {
  return new TextEncoder().encode(certificatesDer.map((der) => encodePem('CERTIFICATE', der)).join(''));
}
