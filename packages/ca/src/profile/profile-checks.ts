/** What the parts of a profile must agree on; the schema sees to each part alone. */
import { keyKindOf } from '@touchmark/crypto';
import type { KeyKind } from '@touchmark/crypto';
import type { KeyUsageBit } from '@touchmark/x509';
import { templatesOf } from '../profile.ts';
import type { ProfileRules } from '../profile.ts';
import { keyUsageFor } from './compiled-profile.ts';
import type { AllowedNames } from './allowed-names.ts';
import { formatDuration } from './duration.ts';
import { problemAt } from './profile-problem.ts';
import type { ProfileProblem } from './profile-problem.ts';
import { variablesOf } from './template.ts';

type Check = (rules: ProfileRules) => readonly ProfileProblem[];

const day = 86_400;
/** A certificate that renews itself long after it expired would in truth not expire. */
const maxGraceSeconds = 366 * day;

/** RFC 8813 §3, RFC 3279 §2.3.1, RFC 9295 §3, RFC 9881 §5: what a key of the kind cannot do. */
const impossibleUsages: Readonly<
  Record<KeyKind, { readonly bits: readonly KeyUsageBit[]; readonly citation: string }>
> = {
  ec: { bits: ['keyEncipherment', 'dataEncipherment'], citation: 'RFC 8813 §3' },
  rsa: { bits: ['keyAgreement', 'encipherOnly', 'decipherOnly'], citation: 'RFC 3279 §2.3.1' },
  ed25519: {
    bits: ['keyEncipherment', 'dataEncipherment', 'keyAgreement', 'encipherOnly', 'decipherOnly'],
    citation: 'RFC 9295 §3',
  },
  'ml-dsa': {
    bits: ['keyEncipherment', 'dataEncipherment', 'keyAgreement', 'encipherOnly', 'decipherOnly'],
    citation: 'RFC 9881 §5',
  },
};

/** RFC 5280 §4.2.1.12: one of these bits each purpose needs. */
const usagesOfPurpose: Readonly<Record<string, readonly KeyUsageBit[]>> = {
  serverAuth: ['digitalSignature', 'keyEncipherment', 'keyAgreement'],
  clientAuth: ['digitalSignature', 'keyAgreement'],
  codeSigning: ['digitalSignature'],
  emailProtection: ['digitalSignature', 'nonRepudiation', 'keyEncipherment', 'keyAgreement'],
  timeStamping: ['digitalSignature', 'nonRepudiation'],
  OCSPSigning: ['digitalSignature', 'nonRepudiation'],
};

function keyKinds(rules: ProfileRules): readonly KeyKind[] {
  return [...new Set(rules.keyAlgorithms.map(keyKindOf))];
}

function repeats(values: readonly string[], path: readonly (string | number)[], what: string): ProfileProblem[] {
  return values.flatMap((value, index) =>
    values.indexOf(value) < index
      ? [problemAt([...path, index], `${what} ${value} is there twice: once is enough`)]
      : [],
  );
}

const nothingTwice: Check = (rules) => [
  ...repeats(rules.keyAlgorithms, ['keyAlgorithms'], 'the key algorithm'),
  ...repeats(rules.extendedKeyUsage, ['extendedKeyUsage'], 'the purpose'),
  ...repeats(rules.deviceFields, ['deviceFields'], 'the field'),
  ...repeats(
    rules.certificatePolicies.map(({ oid }) => oid),
    ['certificatePolicies'],
    'the policy',
  ),
  ...repeats(
    rules.extensions.map(({ oid }) => oid),
    ['extensions'],
    'the extension',
  ),
];

const keyUsageFitsKeys: Check = (rules) =>
  keyKinds(rules).flatMap((kind) => {
    const { bits, citation } = impossibleUsages[kind];
    const path = Array.isArray(rules.keyUsage) ? ['keyUsage'] : ['keyUsage', kind];
    const wrong = keyUsageFor(rules, kind).filter((bit) => bits.includes(bit));
    const message = `a key of the kind ${kind} cannot be used for ${wrong.join(', ')} (${citation}); give keyUsage by kind of key`;
    return wrong.length === 0 ? [] : [problemAt(path, message)];
  });

const keyUsageIsComplete: Check = (rules) =>
  keyKinds(rules).flatMap((kind) => {
    const usage = keyUsageFor(rules, kind);
    const limited = usage.find((bit) => bit === 'encipherOnly' || bit === 'decipherOnly');
    if (limited === undefined || usage.includes('keyAgreement')) return [];
    return [problemAt(['keyUsage'], `${limited} means something together with keyAgreement only (RFC 5280 §4.2.1.3)`)];
  });

const keyUsageOfUnusedKind: Check = ({ keyUsage, keyAlgorithms }) => {
  if (keyUsage === undefined || Array.isArray(keyUsage)) return [];
  const kinds = new Set<string>(keyAlgorithms.map(keyKindOf));
  return Object.keys(keyUsage)
    .filter((kind) => !kinds.has(kind))
    .map((kind) => problemAt(['keyUsage', kind], `no key algorithm of the profile is of the kind ${kind}`));
};

const purposesFitKeyUsage: Check = (rules) =>
  rules.extendedKeyUsage.flatMap((purpose, index) => {
    const fitting = usagesOfPurpose[purpose];
    const kind = keyKinds(rules).find((of) => !keyUsageFor(rules, of).some((bit) => fitting?.includes(bit) ?? true));
    if (fitting === undefined || kind === undefined) return [];
    const message = `${purpose} needs one of ${fitting.join(', ')} in the keyUsage of ${kind} keys (RFC 5280 §4.2.1.12)`;
    return [problemAt(['extendedKeyUsage', index], message)];
  });

const anyExtendedKeyUsage = '2.5.29.37.0';

const purposesAreGoodOnes: Check = ({ extendedKeyUsage, extendedKeyUsageCritical, service, ocspNoCheck }) => {
  const at = (purpose: string): (string | number)[] => ['extendedKeyUsage', extendedKeyUsage.indexOf(purpose)];
  const problems: ProfileProblem[] = [];
  if (extendedKeyUsage.includes(anyExtendedKeyUsage)) {
    problems.push(problemAt(at(anyExtendedKeyUsage), 'anyExtendedKeyUsage limits nothing: name the purposes'));
  }
  if (extendedKeyUsage.includes('OCSPSigning') && !service) {
    problems.push(
      problemAt(
        at('OCSPSigning'),
        'whoever has such a certificate can call a revoked one good: only a profile of the service itself (service: true) can have this purpose',
      ),
    );
  }
  if (extendedKeyUsage.includes('timeStamping') && !(extendedKeyUsage.length === 1 && extendedKeyUsageCritical)) {
    problems.push(
      problemAt(
        at('timeStamping'),
        'timeStamping stands alone and is critical (RFC 3161 §2.3): set extendedKeyUsageCritical and leave other purposes out',
      ),
    );
  }
  if (ocspNoCheck && !extendedKeyUsage.includes('OCSPSigning')) {
    problems.push(problemAt(['ocspNoCheck'], 'only an OCSP responder has id-pkix-ocsp-nocheck: add OCSPSigning'));
  }
  if (extendedKeyUsageCritical && extendedKeyUsage.length === 0) {
    problems.push(problemAt(['extendedKeyUsageCritical'], 'there is no purpose that could be critical'));
  }
  return problems;
};

const bracesAreVariables: Check = (rules) =>
  templatesOf(rules)
    .filter(({ template }) => /[{}]/.test(template.replaceAll(/\{[^{}]*\}/g, '')))
    .map(({ path }) => problemAt(path, 'a brace is not closed, or not opened'));

function allowedNames(rules: ProfileRules): { path: (string | number)[]; kind: string; allow: AllowedNames }[] {
  return [
    ...rules.subject.flatMap(({ allow }, index) =>
      allow === undefined ? [] : [{ path: ['subject', index, 'allow'], kind: 'text', allow }],
    ),
    ...rules.subjectAltName.fromRequest.flatMap(({ kind, allow }, index) =>
      allow === undefined ? [] : [{ path: ['subjectAltName', 'fromRequest', index, 'allow'], kind, allow }],
    ),
  ];
}

const allowedNamesFit: Check = (rules) =>
  allowedNames(rules).flatMap(({ path, kind, allow }) => {
    if (allow.networks !== undefined && kind !== 'ip') {
      return [problemAt([...path, 'networks'], 'networks are for names of the kind ip')];
    }
    if (allow.patterns !== undefined && kind === 'ip') {
      return [problemAt([...path, 'patterns'], 'addresses are let through by networks or values, not by patterns')];
    }
    return [];
  });

const limitsLimitRequests: Check = ({ subject }) =>
  subject.flatMap(({ value, allow }, index) =>
    allow === undefined || variablesOf(value).some(({ kind }) => kind === 'request')
      ? []
      : [problemAt(['subject', index, 'allow'], 'nothing of this value comes from a request: leave allow out')],
  );

const attributesOnce: Check = ({ subject }) =>
  subject.flatMap(({ attribute }, index) =>
    !['organizationalUnitName', 'domainComponent'].includes(attribute) &&
    subject.findIndex((other) => other.attribute === attribute) < index
      ? [problemAt(['subject', index, 'attribute'], `${attribute} is there twice: relying parties look at one of them`)]
      : [],
  );

const namesAreThere: Check = ({ subject, subjectAltName }) => {
  if (subjectAltName.required && subjectAltName.fromRequest.length === 0 && subjectAltName.fixed.length === 0) {
    return [problemAt(['subjectAltName', 'required'], 'no name is ever there: add to fixed or fromRequest')];
  }
  if (subject.length === 0 && subjectAltName.fixed.length === 0 && !subjectAltName.required) {
    return [
      problemAt(
        ['subject'],
        'a certificate could have no name at all: add to the subject, or require a subjectAltName',
      ),
    ];
  }
  return [];
};

const renewalMakesSense: Check = ({ renewal, validity }) => {
  const problems: ProfileProblem[] = [];
  if (renewal.targetPercent < renewal.opensAtPercent) {
    problems.push(problemAt(['renewal', 'targetPercent'], 'the target comes after the window opens (opensAtPercent)'));
  }
  if (renewal.targetPercent + renewal.jitterPercent > 100) {
    problems.push(problemAt(['renewal', 'jitterPercent'], 'with the jitter a client could renew after expiry'));
  }
  if (!renewal.sameKey && !renewal.rekey) {
    problems.push(problemAt(['renewal', 'rekey'], 'neither the same key nor a new one renews: allow one of them'));
  }
  if (renewal.graceSeconds > Math.min(maxGraceSeconds, validity.seconds)) {
    const most = formatDuration(Math.min(maxGraceSeconds, validity.seconds));
    problems.push(
      problemAt(['renewal', 'grace'], `the grace after expiry is at most the validity and 366 days: ${most}`),
    );
  }
  if (renewal.maxKeyAgeSeconds !== undefined && !renewal.sameKey) {
    problems.push(problemAt(['renewal', 'maxKeyAge'], 'a key is never certified again here (sameKey is false)'));
  }
  return problems;
};

const limitNeedsDevice: Check = (rules) =>
  rules.maxActiveCertificates !== undefined && rules.service
    ? [problemAt(['maxActiveCertificates'], 'certificates of the service belong to no device')]
    : [];

export const profileChecks: readonly Check[] = [
  nothingTwice,
  keyUsageFitsKeys,
  keyUsageIsComplete,
  keyUsageOfUnusedKind,
  purposesFitKeyUsage,
  purposesAreGoodOnes,
  bracesAreVariables,
  allowedNamesFit,
  limitsLimitRequests,
  attributesOnce,
  namesAreThere,
  renewalMakesSense,
  limitNeedsDevice,
];
