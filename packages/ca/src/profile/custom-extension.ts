/** Extensions of the operator's own: fixed bytes, or text from templates. */
import { Asn1Error, DerReader, der, prescan, rfc5280, rfc6960 } from '@touchmark/asn1';
import { extensionEncoder } from '@touchmark/x509';
import { z } from 'zod';
import { ObjectIdentifier } from './object-identifier.ts';
import { Template } from './template.ts';

/** What the authority itself says, or what would make of the certificate something else than the profile promises. */
const ownedArcs: readonly (readonly [oid: string, what: string])[] = [
  ['2.5.29', 'the extensions of X.509 itself are written by the authority'],
  [rfc5280['id-pe-authorityInfoAccess'], 'statusUrls says which pointers stand in authorityInfoAccess'],
  [rfc5280['id-pe-subjectInfoAccess'], 'subjectInfoAccess belongs into certificates of authorities and repositories'],
  [rfc6960['id-pkix-ocsp-nocheck'], 'ocspNoCheck says it'],
  ['1.3.6.1.5.5.7.1.14', 'proxyCertInfo would let the holder issue proxy certificates (RFC 3820)'],
  ['1.3.6.1.4.1.11129.2.4', 'these belong to Certificate Transparency'],
  ['2.16.840.1.113730.1', 'the Netscape extensions say again what keyUsage and extendedKeyUsage say'],
];

function ownerOfExtension(oid: string): string | undefined {
  return ownedArcs.find(([arc]) => oid === arc || oid.startsWith(`${arc}.`))?.[1];
}

const encodings = ['der', 'utf8String', 'ia5String', 'printableString'] as const;

export const CustomExtension = z
  .strictObject({
    oid: ObjectIdentifier,
    /** Who does not know a critical extension must refuse the certificate (RFC 5280 §4.2). */
    critical: z.boolean().default(false),
    encoding: z
      .enum(encodings)
      .meta({ description: 'der: value is the hexadecimal DER of one element; else a template' }),
    value: z.string().min(1).max(8192),
    /** Whether nothing is issued when a variable has no value; else the extension is left out. Default: for fields of devices. */
    required: z.boolean().optional(),
  })
  .superRefine((extension, context) => {
    const owner = ownerOfExtension(extension.oid);
    if (owner !== undefined) {
      context.addIssue({ code: 'custom', path: ['oid'], message: `no profile sets this extension: ${owner}` });
    }
    const problem = problemOfExtensionValue(extension);
    if (problem !== undefined) context.addIssue({ code: 'custom', path: ['value'], message: problem });
  });
export type CustomExtension = z.infer<typeof CustomExtension>;

/** What is wrong with the value; undefined when nothing is. */
function problemOfExtensionValue({ encoding, value }: Pick<CustomExtension, 'encoding' | 'value'>): string | undefined {
  if (encoding !== 'der') return Template.safeParse(value).error?.issues[0]?.message;
  const bytes = hexBytes(value);
  if (bytes === undefined) return 'the DER is written in hexadecimal: an even number of digits, blanks allowed';
  try {
    prescan(bytes, { maxDepth: 32, maxNodes: 20_000 });
    const reader = new DerReader(bytes);
    reader.element();
    reader.end();
    return undefined;
  } catch (error) {
    if (error instanceof Asn1Error) return `the value is not one element in DER: ${error.message}`;
    throw error;
  }
}

/** A function of the hexadecimal DER or the filled template; the object identifier is encoded once. */
export function customExtensionEncoder({ oid, critical, encoding }: CustomExtension): (text: string) => Uint8Array {
  const encode = extensionEncoder(oid);
  return encoding === 'der'
    ? (text) => encode(critical, hexBytes(text) ?? new Uint8Array())
    : (text) => encode(critical, der[encoding](text));
}

function hexBytes(text: string): Uint8Array | undefined {
  const digits = text.replaceAll(/\s+/g, '');
  return /^(?:[0-9a-fA-F]{2})+$/.test(digits) ? new Uint8Array(Buffer.from(digits, 'hex')) : undefined;
}
