/** Tries a profile out: with sample names it must give a certificate that passes the lints, for each of its key algorithms. */
import { lintTbsCertificate } from '@touchmark/lint';
import { encodeName, parseName } from '@touchmark/x509';
import type { GeneralName } from '@touchmark/x509';
import { signatureAlgorithms } from '@touchmark/crypto';
import { AttemptLog } from '../attempt-log.ts';
import { CaError } from '../errors.ts';
import type { IssuerContent } from '../issuer.ts';
import { CertificatePreparer } from '../prepare.ts';
import type { Profile, ProfileRules } from '../profile.ts';
import { examplesOf } from './allowed-names.ts';
import type { SubjectAltNameKind } from './allowed-names.ts';
import { compileProfile } from './compiled-profile.ts';
import type { CompiledProfile } from './compiled-profile.ts';
import { valueOfVariable } from './name-sources.ts';
import type { NameSources } from './name-sources.ts';
import { problemAt } from './profile-problem.ts';
import type { ProfileProblem } from './profile-problem.ts';
import { sampleKey } from './sample-key.ts';
import type { CompiledTemplate, SubjectAttribute } from './template.ts';

const at = new Date('2026-01-01T00:00:00Z');

/** Outlives every certificate that a profile can ask for. */
const sampleIssuer: IssuerContent = {
  authority: { name: 'sample', crlShards: 1, state: 'active' },
  certificate: {
    subject: parseName(encodeName([{ attribute: 'commonName', value: 'Sample CA' }])),
    notBefore: new Date('2025-01-01T00:00:00Z'),
    notAfter: new Date('2125-01-01T00:00:00Z'),
  },
  signatureAlgorithm: signatureAlgorithms['ecdsa-with-SHA256'],
  subjectKeyIdentifier: new Uint8Array(20).fill(1),
  constraints: { nameConstraints: [], remainingPathLength: undefined },
};

const sampleNames: Readonly<Record<SubjectAltNameKind, string>> = {
  dns: 'sample.example.com',
  ip: '192.0.2.1',
  uri: 'urn:example:sample',
  email: 'sample@example.com',
};

const sampleText = 'sample';
const sampleAttributes: Readonly<Partial<Record<SubjectAttribute, string>>> = { countryName: 'XX' };

/** What keeps every sample from getting a certificate; nothing when one gets it with each key algorithm. */
export function tryProfile(rules: ProfileRules): readonly ProfileProblem[] {
  const profile = { name: 'sample', version: 1, rules };
  const preparer = new CertificatePreparer('http://pki.example.com', (length) => new Uint8Array(length).fill(0x5a));
  const samples = samplesFor(rules);
  let first: readonly ProfileProblem[] | undefined;
  for (const sources of samples) {
    const problems = rules.keyAlgorithms.flatMap((keyAlgorithm, index) => {
      const message = verdictOn(profile, sources, sampleKey(keyAlgorithm), preparer);
      return message === undefined ? [] : [{ index, message }];
    });
    if (problems.length === 0) return [];
    first ??= problemsOf(problems, rules);
  }
  const ofParts = partsOf(rules).flatMap(({ path, part }) => {
    const [sources] = samples;
    const [keyAlgorithm] = rules.keyAlgorithms;
    if (sources === undefined || keyAlgorithm === undefined) return [];
    const message = verdictOn({ ...profile, rules: part }, sources, sampleKey(keyAlgorithm), preparer);
    return message === undefined ? [] : [problemAt(path, message)];
  });
  return ofParts.length > 0 ? ofParts : (first ?? []);
}

/** The same rules with one of their own parts left, to find out which of them is at fault. */
function partsOf(rules: ProfileRules): { path: (string | number)[]; part: ProfileRules }[] {
  const without: ProfileRules = {
    ...rules,
    subject: [{ attribute: 'commonName', value: sampleText }],
    subjectAltName: { ...rules.subjectAltName, fixed: [], fromRequest: [], required: false },
    commonNameIsHostName: false,
    extensions: [],
  };
  return [
    ...rules.subject.map((entry, index) => ({
      path: ['subject', index, 'value'],
      part: { ...without, subject: [...without.subject, { ...entry, allow: undefined }] },
    })),
    ...rules.subjectAltName.fixed.map((name, index) => ({
      path: ['subjectAltName', 'fixed', index, 'value'],
      part: { ...without, subjectAltName: { ...without.subjectAltName, fixed: [name] } },
    })),
    ...rules.extensions.map((own, index) => ({
      path: ['extensions', index, 'value'],
      part: { ...without, extensions: [own] },
    })),
  ];
}

/** What is wrong with every key is wrong with the profile. */
function problemsOf(found: readonly { index: number; message: string }[], rules: ProfileRules): ProfileProblem[] {
  const messages = new Set(found.map(({ message }) => message));
  if (found.length === rules.keyAlgorithms.length && messages.size === 1) {
    return [...messages].map((message) => problemAt([], message));
  }
  return found.map(({ index, message }) => problemAt(['keyAlgorithms', index], message));
}

function verdictOn(
  profile: Profile,
  sources: NameSources,
  publicKey: ReturnType<typeof sampleKey>,
  preparer: CertificatePreparer,
): string | undefined {
  try {
    const content = { profile, issuer: sampleIssuer, publicKey, sources };
    const { tbsCertificateDer, criticalExtensions } = preparer.assemble(content, at, sampleLog());
    const findings = lintTbsCertificate(tbsCertificateDer, criticalExtensions);
    if (findings.length === 0) return undefined;
    return `its certificates would break ${findings.map(({ citation, message }) => `${citation}: ${message}`).join('; ')}`;
  } catch (error) {
    if (error instanceof CaError) return `a sample certificate cannot be made: ${error.message}`;
    throw error;
  }
}

function sampleLog(): AttemptLog {
  const context = {
    id: 'sample',
    protocol: 'system',
    operation: 'issue',
    endpointLabel: undefined,
    remoteAddress: undefined,
    principal: undefined,
  } as const;
  return new AttemptLog(context, { now: () => at });
}

/** One for each commonName that a request could reasonably bring. */
function samplesFor(rules: ProfileRules): NameSources[] {
  const compiled = compileProfile(rules);
  const device = { role: 'sample-role', segment: 'sample-segment', fields: sampleFields(rules, compiled) };
  const deviceId = compiled.usesDevice ? 'sample-device' : undefined;
  const bare: NameSources = { deviceId, device, requested: { commonName: undefined, subjectAltNames: [] } };
  const valueOf = (variable: Parameters<typeof valueOfVariable>[1]) => valueOfVariable(bare, variable);
  const subjectAltNames = compiled.letThrough.flatMap(({ kind, allow }): GeneralName[] => {
    const values = allow === undefined ? [sampleNames[kind]] : examplesOf(allow, valueOf).slice(0, 2);
    return values.map((value) => ({ kind, value }));
  });
  const subject = parseName(
    encodeName(
      compiled.subject.flatMap(({ template }) =>
        template.variables.flatMap((variable) =>
          variable.kind === 'request'
            ? [{ attribute: variable.attribute, value: sampleAttributes[variable.attribute] ?? sampleText }]
            : [],
        ),
      ),
    ),
  );
  const commonNames = [
    ...compiled.subject.flatMap(({ attribute, allow }) =>
      attribute === 'commonName' && allow !== undefined ? examplesOf(allow, valueOf) : [],
    ),
    ...subjectAltNames.flatMap((name) => ('value' in name ? [name.value] : [])),
    sampleText,
    undefined,
  ];
  return commonNames.map((commonName) => ({ ...bare, requested: { commonName, subject, subjectAltNames } }));
}

/** Every declared field has a value that fits the most demanding place where it stands alone. */
function sampleFields(rules: ProfileRules, compiled: CompiledProfile): Record<string, string> {
  const demands = [
    ...rules.subjectAltName.fromRequest.flatMap(({ kind, allow }) =>
      (allow?.registered ?? []).map((field) => ({ field, value: sampleNames[kind] })),
    ),
    ...compiled.fixedNames.flatMap(({ kind, template }) =>
      fieldAlone(template).map((field) => ({ field, value: sampleNames[kind] })),
    ),
    ...compiled.subject.flatMap(({ attribute, template }) =>
      fieldAlone(template).map((field) => ({ field, value: sampleAttributes[attribute] ?? sampleText })),
    ),
  ];
  return Object.fromEntries(
    rules.deviceFields.map((field) => [field, demands.find((demand) => demand.field === field)?.value ?? sampleText]),
  );
}

function fieldAlone({ parts }: CompiledTemplate): string[] {
  const [part, ...more] = parts;
  return more.length === 0 && typeof part === 'object' && part.kind === 'device' ? [part.field] : [];
}
