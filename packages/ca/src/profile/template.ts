/** Values with variables in braces, such as `{device.id}.devices.example.com`. */
import { z } from 'zod';
import { didYouMean } from '../suggestion.ts';

/** What a subject can have, in the spelling of RFC 5280. An e-mail address belongs into subjectAltName (§4.1.2.6). */
export const subjectAttributes = [
  'commonName',
  'surname',
  'givenName',
  'serialNumber',
  'countryName',
  'localityName',
  'stateOrProvinceName',
  'streetAddress',
  'organizationName',
  'organizationalUnitName',
  'title',
  'dnQualifier',
  'pseudonym',
  'domainComponent',
  'userId',
] as const;
export type SubjectAttribute = (typeof subjectAttributes)[number];

/** The registered device, by `id`, `role`, `segment` or a further field; or an attribute of the request's subject. */
export type Variable =
  | { readonly kind: 'device'; readonly field: string }
  | { readonly kind: 'request'; readonly attribute: SubjectAttribute };

export interface CompiledTemplate {
  /** Text and variables in turn. */
  readonly parts: readonly (string | Variable)[];
  readonly variables: readonly Variable[];
}

/** What every device has or may have without being declared. */
export const builtInFields = ['id', 'role', 'segment'] as const;

/** Names of further fields; those of the device's own properties are taken. */
export const FieldName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,62}$/, 'a field is named by a letter and up to 62 letters, digits, _ and -')
  .refine((name) => !['id', 'role', 'segment', 'state', 'createdAt', 'fields'].includes(name), {
    error: 'every device has this by itself: use another name',
  });

/** Those that need no declaration. */
const variableNames = [
  ...builtInFields.map((field) => `device.${field}`),
  ...subjectAttributes.map((attribute) => `request.${attribute}`),
];

const variableForm = /\{([^{}]*)\}/g;

export const Template = z
  .string()
  .min(1)
  .max(255)
  .superRefine((text, context) => {
    for (const [, name = ''] of text.matchAll(variableForm)) {
      if (parseVariable(name) !== undefined) continue;
      const meant = didYouMean(name, variableNames);
      context.addIssue({
        code: 'custom',
        message: `there is no variable {${name}}: write {device.id}, {device.role}, {device.segment}, {device.<declared field>} or {request.<attribute of the subject>}${meant && `.${meant}`}`,
      });
    }
  })
  .meta({ description: 'Text with variables in braces, e.g. {device.id}.devices.example.com' });

function parseVariable(name: string): Variable | undefined {
  const [, source, of = ''] = /^(device|request)\.([A-Za-z0-9_-]{1,63})$/.exec(name) ?? [];
  if (source === 'device') return { kind: 'device', field: of };
  const attribute = source === 'request' ? subjectAttributes.find((known) => known === of) : undefined;
  return attribute === undefined ? undefined : { kind: 'request', attribute };
}

/** @param text a checked template; what is in braces and no variable is text */
export function compileTemplate(text: string): CompiledTemplate {
  const parts: (string | Variable)[] = [];
  let end = 0;
  for (const match of text.matchAll(variableForm)) {
    const variable = parseVariable(match[1] ?? '');
    if (variable === undefined) continue;
    if (match.index > end) parts.push(text.slice(end, match.index));
    parts.push(variable);
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push(text.slice(end));
  return { parts, variables: parts.filter((part) => typeof part !== 'string') };
}

export function variablesOf(template: string): readonly Variable[] {
  return compileTemplate(template).variables;
}

export function nameOfVariable(variable: Variable): string {
  return variable.kind === 'device' ? `device.${variable.field}` : `request.${variable.attribute}`;
}

/**
 * The filled template, or the first variable that has no value. Values are taken as they are: what looks like a variable in
 * them is text.
 *
 * @param escape what is done to values that stand among other text
 */
export function fillTemplate(
  { parts }: CompiledTemplate,
  valueOf: (variable: Variable) => string | undefined,
  escape: (value: string) => string = (value) => value,
): string | { readonly missing: Variable } {
  const [first] = parts;
  const alone = parts.length === 1 && first !== undefined && typeof first !== 'string';
  let text = '';
  for (const part of parts) {
    if (typeof part === 'string') {
      text += part;
      continue;
    }
    const value = valueOf(part);
    if (value === undefined) return { missing: part };
    text += alone ? value : escape(value);
  }
  return text;
}
