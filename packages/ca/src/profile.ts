/** What a profile can say: the language in which the rules of a kind of certificate are written. */
import { keyAlgorithmNames } from '@touchmark/crypto';
import type { KeyKind } from '@touchmark/crypto';
import type { KeyUsageBit } from '@touchmark/x509';
import { z } from 'zod';
import { AllowedNames, subjectAltNameKinds } from './profile/allowed-names.ts';
import type { SubjectAltNameKind } from './profile/allowed-names.ts';
import { CertificatePolicy } from './profile/certificate-policy.ts';
import { CustomExtension } from './profile/custom-extension.ts';
import { Duration } from './profile/duration.ts';
import { KeyPurpose } from './profile/extended-key-usage.ts';
import { builtInFields, FieldName, subjectAttributes, Template, variablesOf } from './profile/template.ts';
import { didYouMean } from './suggestion.ts';

const day = 86_400;

/**
 * Whether nothing is issued when a variable has no value; else what the template would give is left out. Default: for fields
 * of devices, while what a request leaves out is simply not there.
 */
const required = z.boolean().optional();

const SubjectEntry = z.strictObject({
  attribute: z.enum(subjectAttributes),
  value: Template,
  /** Limits what requests can bring in. */
  allow: AllowedNames.optional(),
  required,
});

const Kind = z.enum(subjectAltNameKinds);

const FixedName = z.strictObject({ kind: Kind, value: Template, required });

/** Names that a request may ask for. Without `allow` every name of the kind that the name policy accepts. */
const LetThrough = z
  .union([Kind, z.strictObject({ kind: Kind, allow: AllowedNames.optional() })], {
    error: `a kind of name (${subjectAltNameKinds.join(', ')}), alone or with what is allowed: {kind, allow}`,
  })
  .transform((entry): LetThrough => (typeof entry === 'string' ? { kind: entry } : entry));

type LetThrough = { kind: SubjectAltNameKind; allow?: AllowedNames | undefined };

const SubjectAltName = z
  .strictObject({
    /** In every certificate. */
    fixed: z.array(FixedName).max(64).default([]),
    /** What the requester may name; all else is dropped or refused, as `namesNotLetThrough` says. */
    fromRequest: z.array(LetThrough).max(64).default([]),
    required: z.boolean().default(false),
    allowWildcard: z.boolean().default(false),
    allowLocalhost: z.boolean().default(false),
  })
  .prefault({});

/** keyCertSign and cRLSign are not among them: no profile makes an authority. */
export const leafKeyUsageBits = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'encipherOnly',
  'decipherOnly',
] as const satisfies readonly KeyUsageBit[];

const KeyUsage = z
  .array(z.enum(leafKeyUsageBits))
  .min(1)
  .max(leafKeyUsageBits.length)
  .meta({ description: 'Bits of keyUsage (RFC 5280 §4.2.1.3)' });

const KeyUsageByKind = z.strictObject({
  ec: KeyUsage.optional(),
  rsa: KeyUsage.optional(),
  ed25519: KeyUsage.optional(),
  'ml-dsa': KeyUsage.optional(),
} satisfies Record<KeyKind, unknown>);

/** Either name of a length of time, in seconds; it is stored under the second. */
function eitherLength(
  context: z.RefinementCtx,
  [name, inSeconds]: readonly [string, string],
  duration: number | undefined,
  seconds: number | undefined,
): number | undefined {
  if (duration !== undefined && seconds !== undefined && duration !== seconds) {
    context.addIssue({ code: 'custom', path: [name], message: `say either ${name} or ${inSeconds}` });
  }
  return duration ?? seconds;
}

const minValiditySeconds = 60;
const maxValiditySeconds = 20 * 366 * day;
const maxBackdateSeconds = day;

const Validity = z
  .strictObject({
    /** From now to notAfter, the last second included. */
    duration: Duration.optional(),
    seconds: z.int().min(minValiditySeconds).max(maxValiditySeconds).optional(),
    /** How long before now notBefore is, for clocks that are slow: 5 minutes unless told otherwise. */
    backdate: Duration.optional(),
    backdateSeconds: z.int().min(0).max(maxBackdateSeconds).optional(),
    /** A certificate that would outlive its issuer is refused, or ends with it. */
    outlivingIssuer: z.enum(['refuse', 'shorten']).default('refuse'),
  })
  .transform(({ duration, seconds, backdate, backdateSeconds, outlivingIssuer }, context) => {
    const length = eitherLength(context, ['duration', 'seconds'], duration, seconds);
    if (length === undefined) {
      context.addIssue({ code: 'custom', path: ['duration'], message: 'say how long: a duration such as 90d' });
    } else if (length < minValiditySeconds || length > maxValiditySeconds) {
      context.addIssue({ code: 'custom', path: ['duration'], message: 'a certificate is valid for 1m to 20y' });
    }
    const before = eitherLength(context, ['backdate', 'backdateSeconds'], backdate, backdateSeconds) ?? 300;
    if (before > maxBackdateSeconds) {
      context.addIssue({ code: 'custom', path: ['backdate'], message: 'notBefore is at most 1d ago' });
    }
    return { seconds: length ?? 0, backdateSeconds: before, outlivingIssuer };
  });

const defaultOldCertificateDelaySeconds = 3600;
const maxOldCertificateDelaySeconds = 365 * day;

const Renewal = z
  .strictObject({
    sameKey: z.boolean().default(true),
    rekey: z.boolean().default(true),
    /** Share of the life after which renewal is due, in percent; refused earlier only if `enforceWindow`. */
    opensAtPercent: z.int().min(0).max(100).default(66),
    /** When a client should renew, give or take the jitter, so that a batch made in one night does not renew in one. */
    targetPercent: z.int().min(0).max(100).default(80),
    jitterPercent: z.int().min(0).max(50).default(10),
    enforceWindow: z.boolean().default(false),
    /** How long after expiry a certificate still authenticates its own renewal. */
    grace: Duration.optional(),
    graceSeconds: z.int().min(0).optional(),
    /** How long after it was first certified a key may still be certified; without it, as long as it likes. */
    maxKeyAge: Duration.optional(),
    maxKeyAgeSeconds: z.int().min(1).optional(),
    /**
     * What becomes of the device's older certificates of this profile. `revokeAtIssuance`: revoked once a newer one is issued.
     * `revokeWhenNewSeen`: once that was seen in use, so that a device that never got it keeps the one it has.
     */
    oldCertificate: z.enum(['keep', 'revokeAtIssuance', 'revokeWhenNewSeen']).default('keep'),
    /** How long after that; an hour unless told otherwise, in which a device that lost the answer can ask again. */
    oldCertificateDelay: Duration.optional(),
    oldCertificateDelaySeconds: z.int().min(0).optional(),
  })
  .transform(({ grace, graceSeconds, maxKeyAge, maxKeyAgeSeconds, ...others }, context) => {
    const { oldCertificateDelay, oldCertificateDelaySeconds, ...rest } = others;
    const delay = eitherLength(
      context,
      ['oldCertificateDelay', 'oldCertificateDelaySeconds'],
      oldCertificateDelay,
      oldCertificateDelaySeconds,
    );
    if (delay !== undefined && delay > maxOldCertificateDelaySeconds) {
      context.addIssue({
        code: 'custom',
        path: ['oldCertificateDelay'],
        message: 'older certificates wait at most 1y',
      });
    }
    const keyAge = eitherLength(context, ['maxKeyAge', 'maxKeyAgeSeconds'], maxKeyAge, maxKeyAgeSeconds);
    return {
      ...rest,
      oldCertificateDelaySeconds: delay ?? defaultOldCertificateDelaySeconds,
      graceSeconds: eitherLength(context, ['grace', 'graceSeconds'], grace, graceSeconds) ?? 0,
      ...(keyAge === undefined ? {} : { maxKeyAgeSeconds: keyAge }),
    };
  })
  .prefault({});

const StatusUrls = z
  .strictObject({
    /** CRLDistributionPoints */
    crl: z.boolean().default(true),
    /** id-ad-ocsp in AuthorityInfoAccess */
    ocsp: z.boolean().default(true),
    /** id-ad-caIssuers in AuthorityInfoAccess */
    caIssuers: z.boolean().default(true),
  })
  .prefault({});

/** As it is written today; `ProfileRules` also reads what was stored before. */
export const ProfileRulesDocument = z.strictObject({
  description: z.string().max(500).default(''),
  /** Which further fields of a device the templates use; every device of the profile should have them. */
  deviceFields: z.array(FieldName).max(64).default([]),
  /** The subject, in order. Empty: the subject is empty and subjectAltName is critical (RFC 5280 §4.1.2.6). */
  subject: z.array(SubjectEntry).max(16),
  subjectAltName: SubjectAltName,
  /** Names that a request asks for and that are not let through: left out with a warning, or the request is refused. */
  namesNotLetThrough: z.enum(['drop', 'refuse']).default('drop'),
  /** Whether the commonName must be one of the subject alternative names. Default: for serverAuth. */
  commonNameIsHostName: z.boolean().optional(),
  keyAlgorithms: z.array(z.enum(keyAlgorithmNames)).min(1),
  /** Default by kind of key: digitalSignature, and keyEncipherment for RSA. */
  keyUsage: z
    .union([KeyUsage, KeyUsageByKind], { error: 'a list of bits, or lists by kind of key: ec, rsa, ed25519, ml-dsa' })
    .optional(),
  /** Purposes of RFC 5280 §4.2.1.12 and others, by name or object identifier. */
  extendedKeyUsage: z.array(KeyPurpose).max(16),
  extendedKeyUsageCritical: z.boolean().default(false),
  /** The extension says that this is no authority, whether it is there or not (RFC 5280 §4.2.1.9). */
  basicConstraints: z.enum(['present', 'critical', 'absent']).default('present'),
  certificatePolicies: z.array(CertificatePolicy).max(16).default([]),
  /** id-pkix-ocsp-nocheck (RFC 6960 §4.2.2.2.1). */
  ocspNoCheck: z.boolean().default(false),
  /** Which pointers to the status of the certificate and to its issuer stand in it. */
  statusUrls: StatusUrls,
  /** The operator's own. */
  extensions: z.array(CustomExtension).max(16).default([]),
  validity: Validity,
  renewal: Renewal,
  /** How many certificates of this profile a device has at most at one time; the one that is renewed does not count. */
  maxActiveCertificates: z.int().min(1).max(1000).optional(),
  /** Demand that the request is bound to its TLS connection (RFC 7030 §3.5, RFC 9266). */
  requireChannelBinding: z.boolean().default(false),
  /**
   * A request that asks for what only authorities have (cA, keyCertSign, cRLSign, OCSPSigning, name constraints …) never gets
   * it: whether the wish is dropped with a warning or refused.
   */
  extensionsOfAuthorities: z.enum(['drop', 'refuse']).default('drop'),
  /** For the service's own certificates: nobody can ask for one. */
  service: z.boolean().default(false),
});

/** The rules of a kind of certificate. A profile version never changes once it is stored. */
export const ProfileRules = z.preprocess(
  readEarlierForm,
  ProfileRulesDocument.superRefine((rules, context) => {
    for (const { path, message } of undeclaredFields(rules)) context.addIssue({ code: 'custom', path, message });
  }),
);
export type ProfileRules = z.infer<typeof ProfileRules>;

/** An immutable version of a profile. */
export interface Profile {
  readonly name: string;
  readonly version: number;
  readonly rules: ProfileRules;
}

/** `omitStatusUrls` said what `statusUrls` says now. Versions that were stored with it stay in force. */
function readEarlierForm(input: unknown): unknown {
  if (typeof input !== 'object' || input === null || !('omitStatusUrls' in input)) return input;
  const { omitStatusUrls, ...rest } = input;
  if ('statusUrls' in rest || typeof omitStatusUrls !== 'boolean') return input;
  return omitStatusUrls ? { ...rest, statusUrls: { crl: false, ocsp: false, caIssuers: false } } : rest;
}

export interface PlacedTemplate {
  /** Where in the rules it stands. */
  readonly path: readonly (string | number)[];
  readonly template: string;
}

/** All templates of the rules, patterns included. */
export function templatesOf(rules: ProfileRules): readonly PlacedTemplate[] {
  const inAllowed = (path: readonly (string | number)[], allow: AllowedNames | undefined): PlacedTemplate[] =>
    (['values', 'patterns'] as const).flatMap((member) =>
      (allow?.[member] ?? []).map((template, index) => ({ path: [...path, 'allow', member, index], template })),
    );
  return [
    ...rules.subject.flatMap(({ value, allow }, index) => [
      { path: ['subject', index, 'value'], template: value },
      ...inAllowed(['subject', index], allow),
    ]),
    ...rules.subjectAltName.fixed.map(({ value }, index) => ({
      path: ['subjectAltName', 'fixed', index, 'value'],
      template: value,
    })),
    ...rules.subjectAltName.fromRequest.flatMap(({ allow }, index) =>
      inAllowed(['subjectAltName', 'fromRequest', index], allow),
    ),
    ...rules.extensions.flatMap(({ encoding, value }, index) =>
      encoding === 'der' ? [] : [{ path: ['extensions', index, 'value'], template: value }],
    ),
  ];
}

/** A misspelt field would only be noticed when no device has it. */
function undeclaredFields(rules: ProfileRules): { path: (string | number)[]; message: string }[] {
  const declared: readonly string[] = [...builtInFields, ...rules.deviceFields];
  const inTemplates = templatesOf(rules).flatMap(({ path, template }) =>
    variablesOf(template).flatMap((variable) =>
      variable.kind === 'device'
        ? [{ path, field: variable.field, what: `the variable {device.${variable.field}}` }]
        : [],
    ),
  );
  const entries = [
    ...rules.subject.map((entry, index) => ({ ...entry, path: ['subject', index] })),
    ...rules.subjectAltName.fromRequest.map((entry, index) => ({
      ...entry,
      path: ['subjectAltName', 'fromRequest', index],
    })),
  ];
  const registered = entries.flatMap(({ allow, path }) =>
    (allow?.registered ?? []).map((field, index) => ({
      path: [...path, 'allow', 'registered', index],
      field,
      what: `the field "${field}"`,
    })),
  );
  return [...inTemplates, ...registered]
    .filter(({ field }) => !declared.includes(field))
    .map(({ path, what, field }) => {
      const meant = didYouMean(field, declared);
      return { path: [...path], message: `${what} is not declared: add it to deviceFields${meant && `.${meant}`}` };
    });
}
