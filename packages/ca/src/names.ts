/** The names of a certificate: the profile's templates filled from registered identity, and what the profile lets through. */
import { encodeName, NameError } from '@touchmark/x509';
import type { GeneralName, NameAttribute } from '@touchmark/x509';
import type { AttemptLog } from './attempt-log.ts';
import { CaError } from './errors.ts';
import { checkSubjectAltNames, checkText } from './name-policy.ts';
import type { Profile } from './profile.ts';
import { letsThrough } from './profile/allowed-names.ts';
import { compileProfile } from './profile/compiled-profile.ts';
import type { CompiledProfile } from './profile/compiled-profile.ts';
import { describeMissing, valueOfVariable } from './profile/name-sources.ts';
import type { NameSources } from './profile/name-sources.ts';
import { fillTemplate } from './profile/template.ts';
import type { CompiledTemplate, Variable } from './profile/template.ts';

export interface CertificateNames {
  readonly subjectDer: Uint8Array;
  readonly subjectIsEmpty: boolean;
  readonly subjectAltNames: readonly GeneralName[];
}

type ValueOf = (variable: Variable) => string | undefined;

export function resolveNames(profile: Profile, sources: NameSources, log: AttemptLog): CertificateNames {
  const { rules } = profile;
  const compiled = compileProfile(rules);
  const valueOf: ValueOf = (variable) => valueOfVariable(sources, variable);
  const notLetThrough: string[] = [];

  const attributes = resolveSubject(profile, compiled, sources, valueOf, notLetThrough);
  const fixed = compiled.fixedNames.flatMap(({ kind, ...filled }): GeneralName[] => {
    const value = fillOrRefuse(profile, filled, `a ${kind} name`, sources, kind === 'uri' ? escapeForUri : undefined);
    return value === undefined ? [] : [{ kind, value }];
  });
  const fromRequest = sources.requested.subjectAltNames.filter((name) => isLetThrough(compiled, name, valueOf));
  const dropped = sources.requested.subjectAltNames.filter(
    (name) => !fromRequest.includes(name) && !fixed.some((own) => JSON.stringify(own) === JSON.stringify(name)),
  );
  notLetThrough.push(...dropped.map(showName));
  judgeNotLetThrough(profile, sources, notLetThrough, log);
  const subjectAltNames = withoutRepeats([...fixed, ...fromRequest]);
  checkSubjectAltNames(subjectAltNames, rules.subjectAltName);

  if (rules.subjectAltName.required && subjectAltNames.length === 0) {
    const kinds = [...new Set(compiled.letThrough.map(({ kind }) => kind))].join(', ');
    throw new CaError(
      'subjectAltNameRequired',
      `The profile "${profile.name}" needs a subject alternative name (${kinds}) that it lets through, and the request has none.`,
    );
  }
  if (attributes.length === 0 && subjectAltNames.length === 0) {
    throw new CaError(
      'nameNothingLeft',
      `Neither a subject nor a subject alternative name is left under the profile "${profile.name}".`,
    );
  }
  if (compiled.commonNameIsHostName) {
    checkServerCommonName(attributes.find(({ attribute }) => attribute === 'commonName')?.value, subjectAltNames);
  }
  return { subjectDer: encodeSubject(attributes), subjectIsEmpty: attributes.length === 0, subjectAltNames };
}

function resolveSubject(
  profile: Profile,
  compiled: CompiledProfile,
  sources: NameSources,
  valueOf: ValueOf,
  notLetThrough: string[],
): NameAttribute[] {
  return compiled.subject.flatMap(({ attribute, allow, ...filled }) => {
    const value = fillOrRefuse(profile, filled, `the ${attribute}`, sources);
    if (value === undefined) return [];
    checkText(attribute, value);
    if (allow === undefined || letsThrough(allow, 'text', value, valueOf)) return [{ attribute, value }];
    if (filled.required) throw refuseNames(profile, [`${attribute}=${value}`]);
    notLetThrough.push(`${attribute}=${value}`);
    return [];
  });
}

/** The filled template; undefined when a variable has no value and the profile does without. */
export function fillOrRefuse(
  profile: Profile,
  { template, required }: { readonly template: CompiledTemplate; readonly required: boolean },
  what: string,
  sources: NameSources,
  escape?: (value: string) => string,
): string | undefined {
  const filled = fillTemplate(template, (variable) => valueOfVariable(sources, variable), escape);
  if (typeof filled === 'string') return filled;
  if (!required) return undefined;
  throw new CaError(
    filled.missing.kind === 'device' ? 'deviceFieldMissing' : 'nameNotAllowed',
    `The profile "${profile.name}" needs ${what}, but ${describeMissing(filled.missing, sources)}.`,
  );
}

/**
 * A value among other text of a URI stays within its segment: only what RFC 3986 §3.3 calls pchar, less the percent sign, is
 * taken as it is.
 */
function escapeForUri(value: string): string {
  return value.replaceAll(/[^A-Za-z0-9._~!$&'()*+,;=:@-]/gu, encodeURIComponent);
}

function isLetThrough(compiled: CompiledProfile, name: GeneralName, valueOf: ValueOf): boolean {
  return compiled.letThrough.some(
    ({ kind, allow }) => name.kind === kind && (allow === undefined || letsThrough(allow, kind, name.value, valueOf)),
  );
}

function showName(name: GeneralName): string {
  return 'value' in name ? `${name.kind}:${name.value}` : name.kind;
}

/** By the profile's choice: left out with a warning, or no certificate. Names of an old certificate are never asked for. */
function judgeNotLetThrough(
  profile: Profile,
  { requested }: NameSources,
  names: readonly string[],
  log: AttemptLog,
): void {
  if (names.length === 0) return;
  switch (requested.ofOldCertificate === true ? 'drop' : profile.rules.namesNotLetThrough) {
    case 'drop':
      log.warn('prepare', `not let through by the profile and left out: ${listOf(names)}`);
      return;
    case 'refuse':
      throw refuseNames(profile, names);
  }
}

function refuseNames(profile: Profile, names: readonly string[]): CaError {
  return new CaError(
    'nameNotAllowed',
    `The profile "${profile.name}" does not let through: ${listOf(names)}. Ask without, or for names that the profile allows.`,
  );
}

/** What was asked for may be anything. */
function listOf(names: readonly string[]): string {
  const shown = names.slice(0, 4).map((name) => JSON.stringify(name.slice(0, 80)).replaceAll(/[^\x20-\x7e]/gu, '?'));
  return names.length > shown.length ? `${shown.join(', ')} and ${names.length - shown.length} more` : shown.join(', ');
}

function encodeSubject(attributes: readonly NameAttribute[]): Uint8Array {
  try {
    return encodeName(attributes);
  } catch (error) {
    // A value that the attribute's string type cannot hold, e.g. "_" in a serialNumber (PrintableString).
    if (error instanceof NameError)
      throw new CaError('nameInvalid', `The subject cannot be certified: ${error.message}.`, { cause: error });
    throw error;
  }
}

/** The commonName of a server is a name that clients may still look at: it must be one that was checked as such. */
function checkServerCommonName(commonName: string | undefined, names: readonly GeneralName[]): void {
  if (commonName === undefined) return;
  if (!names.some((name) => 'value' in name && name.value === commonName)) {
    throw new CaError(
      'commonNameNotInSubjectAltName',
      'The commonName of a server certificate must be one of its subject alternative names.',
    );
  }
}

function withoutRepeats(names: readonly GeneralName[]): GeneralName[] {
  const seen = new Set<string>();
  return names.filter((name) => {
    const key = JSON.stringify(name);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
