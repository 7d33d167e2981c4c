/** A profile made ready for use: templates and patterns taken apart once, extensions encoded once. */
import type { KeyKind } from '@touchmark/crypto';
import { extension } from '@touchmark/x509';
import type { KeyUsageBit } from '@touchmark/x509';
import type { ProfileRules } from '../profile.ts';
import { compileAllowedNames, variablesOfAllowed } from './allowed-names.ts';
import type { CompiledAllowedNames, SubjectAltNameKind } from './allowed-names.ts';
import { customExtensionEncoder } from './custom-extension.ts';
import { oidOfPurpose } from './extended-key-usage.ts';
import { compileTemplate } from './template.ts';
import type { CompiledTemplate, SubjectAttribute, Variable } from './template.ts';

export interface CompiledProfile {
  readonly subject: readonly (Filled & {
    readonly attribute: SubjectAttribute;
    readonly allow: CompiledAllowedNames | undefined;
  })[];
  readonly fixedNames: readonly (Filled & { readonly kind: SubjectAltNameKind })[];
  readonly letThrough: readonly {
    readonly kind: SubjectAltNameKind;
    readonly allow: CompiledAllowedNames | undefined;
  }[];
  readonly commonNameIsHostName: boolean;
  /** Extensions with text of templates. */
  readonly filledExtensions: readonly (Filled & {
    readonly oid: string;
    readonly encode: (text: string) => Uint8Array;
  })[];
  /** The profile's part of what is the same in all its certificates: those with a key of this kind. */
  extensionsFor(keyKind: KeyKind): readonly Uint8Array[];
  readonly fixedExtensionsDer: readonly Uint8Array[];
  /** Object identifiers of the profile's own critical extensions. */
  readonly criticalExtensions: readonly string[];
  readonly usesDevice: boolean;
  /** Whether it depends on more of the device than its id what is issued, or refused. */
  readonly readsRegistration: boolean;
  readonly usesRequestedCommonName: boolean;
}

/** A template and whether nothing is issued when a variable in it has no value. */
interface Filled {
  readonly template: CompiledTemplate;
  readonly required: boolean;
}

const compiledProfiles = new WeakMap<ProfileRules, CompiledProfile>();

/** Compiled once for each object of rules, which never change. */
export function compileProfile(rules: ProfileRules): CompiledProfile {
  let compiled = compiledProfiles.get(rules);
  if (compiled === undefined) {
    compiled = compile(rules);
    compiledProfiles.set(rules, compiled);
  }
  return compiled;
}

function compile(rules: ProfileRules): CompiledProfile {
  const subject = rules.subject.map(({ attribute, value, allow, required }) => ({
    attribute,
    allow: allow && compileAllowedNames(allow),
    ...filled(value, required),
  }));
  const fixedNames = rules.subjectAltName.fixed.map(({ kind, value, required }) => ({
    kind,
    ...filled(value, required),
  }));
  const filledExtensions = rules.extensions
    .filter(({ encoding }) => encoding !== 'der')
    .map((own) => ({ oid: own.oid, encode: customExtensionEncoder(own), ...filled(own.value, own.required) }));
  const variables = [...subject, ...fixedNames, ...filledExtensions].flatMap(({ template }) => template.variables);
  const letThrough = rules.subjectAltName.fromRequest.map(({ kind, allow }) => ({
    kind,
    allow: allow && compileAllowedNames(allow),
  }));
  const allowed = [...subject, ...letThrough].flatMap(({ allow }) =>
    allow === undefined ? [] : variablesOfAllowed(allow),
  );
  return {
    subject,
    fixedNames,
    letThrough,
    commonNameIsHostName: rules.commonNameIsHostName ?? rules.extendedKeyUsage.includes('serverAuth'),
    filledExtensions,
    extensionsFor: (keyKind) => extensionsFor(rules, keyKind),
    fixedExtensionsDer: rules.extensions
      .filter(({ encoding }) => encoding === 'der')
      .map((own) => customExtensionEncoder(own)(own.value)),
    criticalExtensions: rules.extensions.filter(({ critical }) => critical).map(({ oid }) => oid),
    usesDevice: variables.some(({ kind }) => kind === 'device'),
    readsRegistration: [...variables, ...allowed].some(isOfRegistration),
    usesRequestedCommonName: variables.some(
      (variable) => variable.kind === 'request' && variable.attribute === 'commonName',
    ),
  };
}

function filled(text: string, required: boolean | undefined): Filled {
  const template = compileTemplate(text);
  return { template, required: required ?? template.variables.some(isOfRegistration) };
}

function isOfRegistration(variable: Variable): boolean {
  return variable.kind === 'device' && variable.field !== 'id';
}

function extensionsFor(rules: ProfileRules, keyKind: KeyKind): Uint8Array[] {
  return [
    ...(rules.basicConstraints === 'absent'
      ? []
      : [extension.basicConstraints({ cA: false }, rules.basicConstraints === 'critical')]),
    extension.keyUsage(keyUsageFor(rules, keyKind)),
    ...(rules.extendedKeyUsage.length > 0
      ? [extension.extendedKeyUsage(rules.extendedKeyUsage.map(oidOfPurpose), rules.extendedKeyUsageCritical)]
      : []),
    ...(rules.certificatePolicies.length > 0 ? [extension.certificatePolicies(rules.certificatePolicies)] : []),
  ];
}

/** By default RSA keys also decrypt (TLS 1.2 key transport, SCEP answers); others only sign. */
export function keyUsageFor({ keyUsage }: ProfileRules, keyKind: KeyKind): readonly KeyUsageBit[] {
  const explicit = Array.isArray(keyUsage) ? keyUsage : keyUsage?.[keyKind];
  return explicit ?? (keyKind === 'rsa' ? ['digitalSignature', 'keyEncipherment'] : ['digitalSignature']);
}
