/** The names of a certificate: the profile's templates filled from registered identity, and what the profile lets through. */
import { encodeName, NameError } from '@touchmark/x509';
import type { GeneralName } from '@touchmark/x509';
import type { AttemptLog } from './attempt-log.ts';
import { CaError } from './errors.ts';
import { checkSubjectAltNames, checkText } from './name-policy.ts';
import { variablesOf } from './profile.ts';
import type { Profile, TemplateVariable } from './profile.ts';

export interface NameSources {
  readonly deviceId: string | undefined;
  readonly requested: { readonly commonName: string | undefined; readonly subjectAltNames: readonly GeneralName[] };
}

export interface CertificateNames {
  readonly subjectDer: Uint8Array;
  readonly subjectIsEmpty: boolean;
  readonly subjectAltNames: readonly GeneralName[];
}

const variables: Record<TemplateVariable, (sources: NameSources) => string | undefined> = {
  'device.id': (sources) => sources.deviceId,
  'request.commonName': (sources) => sources.requested.commonName,
};

/** The filled template, or undefined when a variable in it has no value. */
function fill(template: string, sources: NameSources): string | undefined {
  const values = variablesOf(template).map((variable) => [variable, variables[variable](sources)] as const);
  let text = template;
  for (const [variable, value] of values) {
    if (value === undefined) return undefined;
    text = text.replaceAll(`{${variable}}`, () => value);
  }
  return text;
}

export function resolveNames(profile: Profile, sources: NameSources, log: AttemptLog): CertificateNames {
  const { rules } = profile;
  const attributes = rules.subject.flatMap(({ attribute, value }) => {
    const text = fill(value, sources);
    if (text === undefined) return [];
    checkText(attribute, text);
    return [{ attribute, value: text }];
  });
  const fixed = rules.subjectAltName.fixed.flatMap(({ kind, value }): GeneralName[] => {
    const text = fill(value, sources);
    return text === undefined ? [] : [{ kind, value: text }];
  });
  const letThrough: readonly string[] = rules.subjectAltName.fromRequest;
  const fromRequest = sources.requested.subjectAltNames.filter((name) => letThrough.includes(name.kind));
  const dropped = sources.requested.subjectAltNames.length - fromRequest.length;
  if (dropped > 0)
    log.warn('prepare', `${dropped} requested subject alternative names are not let through by the profile`);
  const subjectAltNames = withoutRepeats([...fixed, ...fromRequest]);
  checkSubjectAltNames(subjectAltNames, rules.subjectAltName);

  if (rules.subjectAltName.required && subjectAltNames.length === 0) {
    throw new CaError(
      'nameNotAllowed',
      `The profile "${profile.name}" needs a subject alternative name (${letThrough.join(', ')}) in the request.`,
    );
  }
  if (attributes.length === 0 && subjectAltNames.length === 0) {
    throw new CaError(
      'nameNotAllowed',
      `Neither a subject nor a subject alternative name is left under the profile "${profile.name}".`,
    );
  }
  if (rules.extendedKeyUsage.includes('serverAuth')) {
    checkServerCommonName(attributes.find(({ attribute }) => attribute === 'commonName')?.value, subjectAltNames);
  }
  return { subjectDer: encodeSubject(attributes), subjectIsEmpty: attributes.length === 0, subjectAltNames };
}

function encodeSubject(attributes: Parameters<typeof encodeName>[0]): Uint8Array {
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
      'nameNotAllowed',
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
