/**
 * The settings of challenges, as an endpoint has them: one strict schema for each kind. None of them is a secret; keys are
 * sealed apart from them (`ChallengeKeys`).
 */
import { Asn1Error, EncodingError, PemError, decodePem, fromBase64 } from '@touchmark/asn1';
import { CaError } from '@touchmark/ca';
import type { ChallengeKind } from '@touchmark/ca';
import { readInput, sentenceOf } from '@touchmark/ca/input-words';
import { parseCertificate } from '@touchmark/x509';
import { z } from 'zod';
import { isLoopbackName, isRefusedName } from './address-policy.ts';

function base64Of(octets: number): z.ZodType<string> {
  return z.string().refine((text) => hasOctets(text, octets), { error: `must be ${octets} octets in base64` });
}

function hasOctets(text: string, octets: number): boolean {
  try {
    return fromBase64(text).length === octets;
  } catch (error) {
    if (error instanceof EncodingError) return false;
    throw error;
  }
}

/** What `hashStaticChallenge` makes of a password; the password is not in it. Nobody writes these, and two are never shown. */
export const madeOfPassword = {
  hash: base64Of(32).meta({ secret: true, description: 'Its scrypt, 32 octets in base64; never shown' }),
  salt: base64Of(16).meta({ secret: true, description: '16 octets in base64; never shown' }),
  cost: z.literal([16_384, 32_768, 65_536]).meta({ description: 'N of scrypt; r is 8 and p is 1' }),
};

export const StaticChallengeSettings = z.strictObject({
  ...madeOfPassword,
  maxWrong: z.int().min(1).max(50).default(10).meta({
    description:
      'So many different wrong passwords of one address within 15 minutes, and it is locked out for the rest of them',
  }),
});
export type StaticChallengeSettings = z.infer<typeof StaticChallengeSettings>;

/** The key is all that there is. */
export const DerivedChallengeSettings = z.strictObject({});
export type DerivedChallengeSettings = z.infer<typeof DerivedChallengeSettings>;

const caCertificates = z
  .string()
  .max(65_536)
  .superRefine((pem, context) => {
    const fault = faultOfCertificates(pem);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  })
  .optional()
  .meta({ description: 'PEM of the only CAs that may certify the server; without it, those that Node.js knows' });

function faultOfCertificates(pem: string): string | undefined {
  try {
    for (const { label, bytes } of decodePem(pem)) {
      if (label !== 'CERTIFICATE') return `holds a block "${label}": give certificates alone`;
      parseCertificate(bytes);
    }
    return undefined;
  } catch (error) {
    if (error instanceof PemError || error instanceof Asn1Error) return `is no list of certificates: ${error.message}`;
    throw error;
  }
}

const allowPrivateAddresses = z
  .boolean()
  .default(false)
  .meta({ description: 'Also ask servers at private and loopback addresses' });

function timeoutSeconds(byDefault: number): z.ZodType<number, number | undefined> {
  return z.number().min(0.5).max(30).default(byDefault).meta({
    unit: 'seconds',
    description: 'How long one request may take, from the look-up of the name to the last octet of the answer',
  });
}

/** A URL that nothing has to be taken away from before it can stand in a log. */
const PlainUrl = z
  .string()
  .max(2048)
  .refine((text) => URL.canParse(text), {
    error: 'is no URL: write it whole, for example https://mdm.example.com/touchmark',
    abort: true,
  })
  .refine((text) => new URL(text).username === '' && new URL(text).password === '', {
    error: 'has a user name or password in it, which would stand in logs: leave them out',
  })
  .refine((text) => new URL(text).hash === '', {
    error: 'has a fragment, which is never sent: leave out what follows #',
  });

/** Said when it is written: no device would ever get an answer. Of a name, the look-up tells, which may be another tomorrow. */
function refuseAddress(context: z.RefinementCtx, setting: string, url: string, allowsPrivate: boolean): void {
  if (!isRefusedName(new URL(url).hostname, allowsPrivate)) return;
  const message =
    'is at an address that is not asked: private and loopback ones with allowPrivateAddresses alone, those of the link, of groups and of documentation never';
  context.addIssue({ code: 'custom', path: [setting], message });
}

const HttpsUrl = PlainUrl.refine((text) => new URL(text).protocol === 'https:', { error: 'must begin with https://' });

export const WebhookChallengeSettings = z
  .strictObject({
    url: PlainUrl.meta({
      description: 'Where the question is posted: https, without user name, password and fragment',
      examples: ['https://mdm.example.com/touchmark'],
    }),
    timeoutSeconds: timeoutSeconds(5),
    caCertificates,
    allowPrivateAddresses,
    allowHttpOnLoopback: z
      .boolean()
      .default(false)
      .meta({ description: 'http: instead of https:, for a server on this very host alone' }),
  })
  .superRefine(({ url, allowHttpOnLoopback, allowPrivateAddresses: allowsPrivate }, context) => {
    const { protocol, hostname } = new URL(url);
    if (protocol === 'https:') return refuseAddress(context, 'url', url, allowsPrivate);
    if (protocol === 'http:' && allowHttpOnLoopback && isLoopbackName(hostname)) return;
    context.addIssue({
      code: 'custom',
      path: ['url'],
      message: 'must begin with https://; http:// is for localhost, 127.0.0.1 and [::1], with allowHttpOnLoopback',
    });
  });
export type WebhookChallengeSettings = z.infer<typeof WebhookChallengeSettings>;

/** Words that stand in the path of a URL as they are. */
const PathWord = z
  .string()
  .regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,126}[A-Za-z0-9])?$/,
    'must be letters, digits and . - with a letter or digit at both ends',
  );

const askedOfIntune = ['loginUrl', 'graphUrl'] as const;

export const IntuneChallengeSettings = z
  .strictObject({
    tenant: PathWord.meta({
      description: 'Directory (tenant) id, or its domain',
      examples: ['contoso.onmicrosoft.com'],
    }),
    clientId: PathWord.meta({
      description: 'Application (client) id of the app registration',
      examples: ['11111111-2222-3333-4444-555555555555'],
    }),
    timeoutSeconds: timeoutSeconds(10),
    caCertificates,
    allowPrivateAddresses,
    loginUrl: HttpsUrl.default('https://login.microsoftonline.com').meta({
      description: 'Of another cloud: its login',
    }),
    graphUrl: HttpsUrl.default('https://graph.microsoft.com').meta({ description: 'Microsoft Graph' }),
    intuneUrl: HttpsUrl.default('https://api.manage.microsoft.com/').meta({
      description: 'The resource that tokens for Intune are for; its slash at the end is part of the name',
    }),
  })
  .superRefine((settings, context) => {
    for (const name of askedOfIntune) refuseAddress(context, name, settings[name], settings.allowPrivateAddresses);
  });
export type IntuneChallengeSettings = z.infer<typeof IntuneChallengeSettings>;

/** Settings that were checked, with their defaults. */
export type CheckedChallenge =
  | { readonly kind: 'static'; readonly settings: StaticChallengeSettings }
  | { readonly kind: 'derived'; readonly settings: DerivedChallengeSettings }
  | { readonly kind: 'webhook'; readonly settings: WebhookChallengeSettings }
  | { readonly kind: 'intune'; readonly settings: IntuneChallengeSettings };

/**
 * Reads the settings of an endpoint's challenge strictly: before they are stored, and when they are used.
 *
 * @throws CaError `invalidArgument`, which names each setting that is wrong
 */
export function parseChallengeSettings(kind: ChallengeKind, settings: unknown): CheckedChallenge {
  switch (kind) {
    case 'static':
      return { kind, settings: checked(StaticChallengeSettings, kind, settings) };
    case 'derived':
      return { kind, settings: checked(DerivedChallengeSettings, kind, settings) };
    case 'webhook':
      return { kind, settings: checked(WebhookChallengeSettings, kind, settings) };
    case 'intune':
      return { kind, settings: checked(IntuneChallengeSettings, kind, settings) };
  }
}

function checked<Settings>(schema: z.ZodType<Settings>, kind: ChallengeKind, settings: unknown): Settings {
  const read = readInput(schema, settings);
  if (read.kind === 'good') return read.data;
  const faults = read.faults.map((fault) => sentenceOf(fault, 'they'));
  throw new CaError(
    'invalidArgument',
    `The settings of the ${kind} challenge are wrong: ${faults.join('; ')}. See docs/challenges.md.`,
  );
}
