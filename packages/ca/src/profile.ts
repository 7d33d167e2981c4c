import { keyAlgorithmNames } from '@touchmark/crypto';
import { z } from 'zod';

/** What a template may refer to: the registered device, or the request's names once they are checked. */
const templateVariables = ['device.id', 'request.commonName'] as const;
export type TemplateVariable = (typeof templateVariables)[number];

/** A value with variables in braces, e.g. `{device.id}.devices.example.com`. One that does not exist is refused here. */
const Template = z
  .string()
  .min(1)
  .max(255)
  .refine(
    (text) => [...text.matchAll(/\{([^}]*)\}/g)].every(([, name]) => templateVariables.some((known) => known === name)),
    `a variable is one of ${templateVariables.map((name) => `{${name}}`).join(', ')}`,
  );

/** The variables in a checked template. */
export function variablesOf(template: string): readonly TemplateVariable[] {
  return templateVariables.filter((name) => template.includes(`{${name}}`));
}

const SubjectAttribute = z.enum([
  'commonName',
  'serialNumber',
  'organizationName',
  'organizationalUnitName',
  'countryName',
  'stateOrProvinceName',
  'localityName',
]);

const SubjectAltNameKind = z.enum(['dns', 'ip', 'uri', 'email']);

/** The rules of a kind of certificate. A profile version never changes once it is stored. */
export const ProfileRules = z.strictObject({
  description: z.string().max(500).default(''),
  /** The subject, in order. Empty: the subject is empty and subjectAltName is critical (RFC 5280 §4.1.2.6). */
  subject: z.array(z.strictObject({ attribute: SubjectAttribute, value: Template })).max(16),
  subjectAltName: z
    .strictObject({
      /** Always there, from registered fields. */
      fixed: z
        .array(z.strictObject({ kind: SubjectAltNameKind, value: Template }))
        .max(64)
        .default([]),
      /** What the requester may name: kinds listed here pass the name policy, all others are dropped. */
      fromRequest: z.array(SubjectAltNameKind).default([]),
      required: z.boolean().default(false),
      allowWildcard: z.boolean().default(false),
      allowLocalhost: z.boolean().default(false),
    })
    .prefault({}),
  keyAlgorithms: z.array(z.enum(keyAlgorithmNames)).min(1),
  /** Extended key usage, as OIDs of RFC 5280 §4.2.1.12 by name. */
  extendedKeyUsage: z.array(z.enum(['clientAuth', 'serverAuth', 'OCSPSigning', 'cmcRA'])).max(8),
  /** id-pkix-ocsp-nocheck (RFC 6960 §4.2.2.2.1). */
  ocspNoCheck: z.boolean().default(false),
  validity: z.strictObject({
    /** Seconds from now to notAfter, the last second included. */
    seconds: z
      .int()
      .min(60)
      .max(20 * 366 * 86_400),
    backdateSeconds: z.int().min(0).max(86_400).default(300),
  }),
  renewal: z
    .strictObject({
      sameKey: z.boolean().default(true),
      rekey: z.boolean().default(true),
      /** Share of the life after which renewal is due, in percent; refused earlier only if `enforceWindow`. */
      opensAtPercent: z.int().min(0).max(100).default(66),
      enforceWindow: z.boolean().default(false),
      /** How long after expiry a certificate still authenticates its own renewal. */
      graceSeconds: z.int().min(0).default(0),
    })
    .prefault({}),
  /** Demand that the request is bound to its TLS connection (RFC 7030 §3.5, RFC 9266). */
  requireChannelBinding: z.boolean().default(false),
  /** For the service's own certificates: nobody can ask for one. */
  service: z.boolean().default(false),
  /** No CRL distribution point, OCSP or caIssuers URL: for the listeners' own and responders' short-lived certificates. */
  omitStatusUrls: z.boolean().default(false),
});
export type ProfileRules = z.infer<typeof ProfileRules>;

/** An immutable version of a profile. */
export interface Profile {
  readonly name: string;
  readonly version: number;
  readonly rules: ProfileRules;
}
