/** What the profile lets through of what a request asks for: an exact list, patterns, registered values or networks. */
import { parseIpAddress } from '@touchmark/x509';
import { z } from 'zod';
import { compilePattern, exampleOfPattern, matchesPattern, NamePattern } from './name-pattern.ts';
import type { CompiledPattern } from './name-pattern.ts';
import { compileTemplate, FieldName, fillTemplate, Template } from './template.ts';
import type { CompiledTemplate, Variable } from './template.ts';

export const subjectAltNameKinds = ['dns', 'ip', 'uri', 'email'] as const;
export type SubjectAltNameKind = (typeof subjectAltNameKinds)[number];

const NetworkText = z
  .string()
  .max(64)
  .refine((text) => parseNetwork(text) !== undefined, {
    error: 'a network is an address and a prefix length, such as 192.0.2.0/24 or 2001:db8::/32',
  });

/** A name passes when one member lets it through. */
export const AllowedNames = z
  .strictObject({
    values: z.array(Template).min(1).max(1000).optional().meta({ description: 'Exactly these; variables are filled' }),
    patterns: z.array(NamePattern).min(1).max(32).optional(),
    registered: z
      .array(FieldName)
      .min(1)
      .max(16)
      .optional()
      .meta({ description: 'Fields of the device that hold the allowed values, with blanks or commas in between' }),
    networks: z.array(NetworkText).min(1).max(32).optional().meta({ description: 'Networks of IP addresses' }),
  })
  .refine((allowed) => Object.values(allowed).some((member) => member !== undefined), {
    error: 'say what is allowed: values, patterns, registered or networks',
  });
export type AllowedNames = z.infer<typeof AllowedNames>;

export interface CompiledAllowedNames {
  readonly values: readonly CompiledTemplate[];
  readonly patterns: readonly CompiledPattern[];
  readonly registered: readonly string[];
  readonly networks: readonly Network[];
}

export function compileAllowedNames({ values, patterns, registered, networks }: AllowedNames): CompiledAllowedNames {
  return {
    values: (values ?? []).map(compileTemplate),
    patterns: (patterns ?? []).map(compilePattern),
    registered: registered ?? [],
    networks: (networks ?? []).map(parseNetwork).filter((network) => network !== undefined),
  };
}

/** What is let through depends on their values. */
export function variablesOfAllowed({ values, patterns, registered }: CompiledAllowedNames): readonly Variable[] {
  return [
    ...values.flatMap(({ variables }) => variables),
    ...patterns.flatMap(({ tokens }) => tokens.flatMap((token) => (token.kind === 'variable' ? [token.variable] : []))),
    ...registered.map((field): Variable => ({ kind: 'device', field })),
  ];
}

interface Network {
  readonly address: string;
  /** 4 for IPv4, 16 for IPv6. */
  readonly octets: Uint8Array;
  readonly prefixLength: number;
}

function parseNetwork(text: string): Network | undefined {
  const [, address = '', digits] = /^([0-9A-Fa-f.:]+)\/([0-9]{1,3})$/.exec(text) ?? [];
  const octets = parseIpAddress(address);
  const prefixLength = Number(digits);
  return octets === undefined || prefixLength > octets.length * 8 ? undefined : { address, octets, prefixLength };
}

function isWithin({ octets: network, prefixLength }: Network, address: string): boolean {
  const octets = parseIpAddress(address);
  if (octets?.length !== network.length) return false;
  return network.every((octet, index) => {
    const bits = Math.min(Math.max(prefixLength - index * 8, 0), 8);
    const mask = (0xff << (8 - bits)) & 0xff;
    return (octet & mask) === ((octets[index] ?? 0) & mask);
  });
}

/** What `*` and `?` of a pattern stop at. */
const separators: Readonly<Record<SubjectAltNameKind | 'text', string>> = {
  dns: '.',
  ip: '',
  uri: '/:?#',
  email: '@',
  text: '',
};

/** DNS names and the domains of e-mail addresses are compared without case (RFC 4343); nothing else is. */
function folded(kind: SubjectAltNameKind | 'text', value: string): string {
  switch (kind) {
    case 'dns':
      return value.toLowerCase();
    case 'email':
      return value.replace(/@[^@]*$/, (domain) => domain.toLowerCase());
    case 'ip':
    case 'uri':
    case 'text':
      return value;
  }
}

/** @param kind of the name, or `text` for an attribute of the subject */
export function letsThrough(
  allowed: CompiledAllowedNames,
  kind: SubjectAltNameKind | 'text',
  value: string,
  valueOf: (variable: Variable) => string | undefined,
): boolean {
  const wanted = folded(kind, value);
  const foldedValueOf = (variable: Variable): string | undefined => {
    const filled = valueOf(variable);
    return filled === undefined ? undefined : folded(kind, filled);
  };
  return (
    allowed.values.some((template) => {
      const filled = fillTemplate(template, valueOf);
      return typeof filled === 'string' && folded(kind, filled) === wanted;
    }) ||
    allowed.registered.some((field) =>
      registeredValues(valueOf({ kind: 'device', field })).some((known) => folded(kind, known) === wanted),
    ) ||
    (kind === 'ip' && allowed.networks.some((network) => isWithin(network, value))) ||
    allowed.patterns.some((pattern) => matchesPattern(pattern, wanted, separators[kind], foldedValueOf))
  );
}

/** A field that holds several values has blanks or commas between them. */
export function registeredValues(field: string | undefined): readonly string[] {
  return (field ?? '').split(/[\s,]+/).filter((value) => value !== '');
}

/** Names that it lets through, for trying a profile out. */
export function examplesOf(
  allowed: CompiledAllowedNames,
  valueOf: (variable: Variable) => string | undefined,
): readonly string[] {
  const values = allowed.values.map((template) => fillTemplate(template, valueOf));
  const patterns = allowed.patterns.map((pattern) => exampleOfPattern(pattern, valueOf));
  const registered = allowed.registered.flatMap((field) => registeredValues(valueOf({ kind: 'device', field })));
  const networks = allowed.networks.map(({ address }) => address);
  return [...values, ...patterns, ...registered, ...networks].filter((name) => typeof name === 'string');
}
