/** Authorities as the REST interface shows and takes them. */
import { createHash } from 'node:crypto';
import { encodePem, rfc5280, toHex } from '@touchmark/asn1';
import { messageUsages } from '@touchmark/ca';
import type { Authority as AuthorityRecord } from '@touchmark/ca';
import { keyAlgorithmNames, parsePublicKey, signatureAlgorithms } from '@touchmark/crypto';
import type { SignatureAlgorithmName } from '@touchmark/crypto';
import {
  NameError,
  findExtension,
  formatName,
  keyUsageBits,
  keyUsageOf,
  nameSubtreeKinds,
  parseBasicConstraints,
  parseCertificate,
  parseDistinguishedName,
  parseNameConstraints,
  parseNameSubtree,
} from '@touchmark/x509';
import type { Certificate, NameAttribute, NameConstraints, NameSubtree } from '@touchmark/x509';
import { z } from 'zod';
import { Hex, Identifier, Timestamp, timestamp } from './common.ts';

const day = 86_400;
const signatureAlgorithmNames = Object.keys(signatureAlgorithms) as [SignatureAlgorithmName];

const KeyAlgorithm = z.enum(keyAlgorithmNames);
const SignatureAlgorithm = z.enum(signatureAlgorithmNames);
const State = z
  .enum(['active', 'retired'])
  .meta({ description: 'A retired authority issues nothing any more; its CRL and OCSP stay' });

const Subtree = z.strictObject({ kind: z.string(), value: z.string() });

export const Authority = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    kind: z.enum(['root', 'issuing']),
    issuerId: z.string().nullable(),
    state: State,
    revision: z.int().meta({ description: 'Rises with every change; the ETag' }),
    subject: z.string(),
    serialNumber: Hex,
    notBefore: Timestamp,
    notAfter: Timestamp,
    fingerprintSha256: Hex,
    keyId: z.string(),
    keyAlgorithm: z.string(),
    signatureAlgorithm: SignatureAlgorithm.meta({ description: 'Of the certificates and CRLs that it issues' }),
    keyUsage: z.array(z.enum(keyUsageBits)),
    pathLength: z.int().nullable().meta({ description: 'Authorities that may follow below it; null: any number' }),
    nameConstraints: z
      .strictObject({ permitted: z.array(Subtree), excluded: z.array(Subtree) })
      .nullable()
      .meta({ description: 'Of its own certificate; those of its issuers hold too' }),
    crlShards: z.int(),
    crlValiditySeconds: z.int(),
    crlIntervalSeconds: z.int(),
    ocspValiditySeconds: z.int(),
    ocspKeyAlgorithm: z.string(),
    certificatePem: z.string(),
  })
  .meta({ id: 'Authority' });
export type Authority = z.infer<typeof Authority>;

/** Id or name. */
export const AuthorityParams = z.strictObject({ authority: Identifier });

const Subject = z
  .string()
  .max(1024)
  .transform((text, context): NameAttribute[] => orIssue(context, () => parseDistinguishedName(text)) ?? z.NEVER)
  .meta({ description: 'RFC 4514: CN=Example Root CA,O=Example,C=DE' });

const SubtreeBody = z
  .strictObject({
    kind: z.enum(nameSubtreeKinds),
    value: z.string().max(1024).meta({
      description: 'example.com; 10.0.0.0/8; a mailbox or host; the host of a URI; a distinguished name of RFC 4514',
    }),
  })
  .transform(
    ({ kind, value }, context): NameSubtree => orIssue(context, () => parseNameSubtree(kind, value)) ?? z.NEVER,
  );

const seconds = (from: number, to: number) => z.int().min(from).max(to);

const settings = {
  crlShards: z.int().min(1).max(256).optional().meta({ description: 'Can be raised, never lowered' }),
  crlValiditySeconds: seconds(3600, 366 * day).optional(),
  crlIntervalSeconds: seconds(600, 366 * day)
    .optional()
    .meta({ description: 'A new CRL at least so often; shorter than its validity' }),
  ocspValiditySeconds: seconds(300, 31 * day).optional(),
  ocspKeyAlgorithm: KeyAlgorithm.optional().meta({ description: 'Of the delegated OCSP responder' }),
};

export const CreateAuthorityBody = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'must be lower-case letters, digits and inner hyphens'),
  issuer: Identifier.optional().meta({ description: 'Id or name of the authority that certifies it; none: a root' }),
  subject: Subject,
  keyAlgorithm: KeyAlgorithm.default('ec-p256'),
  signatureAlgorithm: SignatureAlgorithm.optional().meta({ description: 'By default the one of the key' }),
  keyId: z
    .string()
    .max(1024)
    .regex(/^pkcs11:[\x21-\x7e]+$/, 'must be a pkcs11: URI (RFC 7512)')
    .optional()
    .meta({ description: 'A key of a token, made if it is not there; by default a new key in software' }),
  validitySeconds: seconds(3600, 100 * 366 * day).optional(),
  pathLength: z
    .int()
    .min(0)
    .max(16)
    .nullable()
    .optional()
    .meta({ description: 'null: no constraint; by default 0 below a root, and null for a root' }),
  keyUsage: z.array(z.enum(messageUsages)).max(messageUsages.length).default([]).meta({
    description: 'Beside keyCertSign and cRLSign: for an authority that reads and signs messages of SCEP itself',
  }),
  nameConstraints: z
    .strictObject({
      permitted: z.array(SubtreeBody).max(256).default([]),
      excluded: z.array(SubtreeBody).max(256).default([]),
    })
    .optional(),
  ...settings,
});

export const SetAuthorityBody = z.strictObject({ state: State.optional(), ...settings });

export type SettingsBody = z.output<typeof SetAuthorityBody>;

/** The settings that were given; undefined: as it is. */
export function settingsOf(body: SettingsBody) {
  return {
    state: body.state,
    crlShards: body.crlShards,
    crlValiditySeconds: body.crlValiditySeconds,
    crlIntervalSeconds: body.crlIntervalSeconds,
    ocspValiditySeconds: body.ocspValiditySeconds,
    ocspKeyAlgorithm: body.ocspKeyAlgorithm,
  };
}

function orIssue<T>(context: z.core.$RefinementCtx, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof NameError)) throw error;
    context.addIssue({ code: 'custom', message: error.message });
    return undefined;
  }
}

export function showAuthority(authority: AuthorityRecord): Authority {
  const certificate = parseCertificate(authority.certificateDer);
  return {
    id: authority.id,
    name: authority.name,
    kind: authority.kind,
    issuerId: authority.issuerId ?? null,
    state: authority.state,
    revision: authority.revision,
    subject: formatName(certificate.subject),
    serialNumber: certificate.serialNumberHex,
    notBefore: timestamp(certificate.notBefore),
    notAfter: timestamp(certificate.notAfter),
    fingerprintSha256: toHex(createHash('sha256').update(authority.certificateDer).digest()),
    keyId: authority.keyId,
    keyAlgorithm: parsePublicKey(certificate.subjectPublicKeyInfoDer).keyAlgorithm,
    signatureAlgorithm: authority.signatureAlgorithm,
    keyUsage: keyUsageOf(certificate),
    pathLength: pathLengthOf(certificate),
    nameConstraints: constraintsOf(certificate),
    crlShards: authority.crlShards,
    crlValiditySeconds: authority.crlValiditySeconds,
    crlIntervalSeconds: authority.crlIntervalSeconds,
    ocspValiditySeconds: authority.ocspValiditySeconds,
    ocspKeyAlgorithm: authority.ocspKeyAlgorithm,
    certificatePem: encodePem('CERTIFICATE', authority.certificateDer),
  };
}

function pathLengthOf(certificate: Certificate): number | null {
  const extension = findExtension(certificate, rfc5280['id-ce-basicConstraints']);
  return (extension && parseBasicConstraints(extension.value).pathLenConstraint) ?? null;
}

function constraintsOf(certificate: Certificate): Authority['nameConstraints'] {
  const extension = findExtension(certificate, rfc5280['id-ce-nameConstraints']);
  if (extension === undefined) return null;
  const { permittedSubtrees, excludedSubtrees }: NameConstraints = parseNameConstraints(extension.value);
  return { permitted: permittedSubtrees.map(showSubtree), excluded: excludedSubtrees.map(showSubtree) };
}

function showSubtree(subtree: NameSubtree): { kind: string; value: string } {
  switch (subtree.kind) {
    case 'dns':
    case 'uri':
    case 'email':
    case 'ip':
      return subtree;
    case 'directoryName':
      return { kind: subtree.kind, value: formatName(subtree.name) };
    case 'other':
      return { kind: subtree.kind, value: toHex(subtree.der) };
  }
}
