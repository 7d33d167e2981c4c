/** Profiles, their versions and what a change would do, in words. */
import type { Profile, ProfilePreview, ProfileVersion, ProfileVersionSummary, RuleChange } from '@touchmark/admin-api';
import type { View } from './output/format.ts';
import { minute, orDash } from './output/words.ts';
import { formatRule } from './rules-file.ts';

type Facts = readonly (readonly [string, string])[];

export const profileView: View<Profile> = {
  noun: 'profile',
  name: ({ name }) => name,
  columns: [
    { title: 'NAME', cell: ({ name }) => name },
    { title: 'VERSION', cell: ({ version }) => String(version) },
    { title: 'LATEST', cell: ({ latestVersion }) => String(latestVersion) },
    { title: 'DESCRIPTION', cell: ({ rules }) => (typeof rules.description === 'string' ? rules.description : '') },
  ],
};

export const versionView: View<ProfileVersionSummary> = {
  noun: 'version',
  name: ({ version }) => String(version),
  columns: [
    { title: 'VERSION', cell: ({ version }) => String(version) },
    { title: 'IN FORCE', cell: ({ active, activatedAt }) => (active ? `since ${minute(activatedAt)}` : '') },
    { title: 'CREATED', cell: ({ createdAt }) => minute(createdAt) },
    { title: 'BY', cell: ({ createdBy }) => orDash(createdBy) },
    { title: 'LAST ACTIVATED', cell: ({ activatedAt }) => minute(activatedAt) },
    { title: 'COMMENT', cell: ({ comment }) => comment },
  ],
};

export const changeView: View<RuleChange> = {
  noun: 'difference',
  name: ({ pointer }) => pointer,
  columns: [
    { title: 'RULE', cell: ({ pointer }) => pointer },
    { title: 'BEFORE', cell: ({ before }) => jsonOrDash(before) },
    { title: 'AFTER', cell: ({ after }) => jsonOrDash(after) },
  ],
};

export function profileFacts({ name, version, latestVersion, rules }: Profile): Facts {
  return [
    ['Profile', name],
    ['Version', version === latestVersion ? String(version) : `${version} (the latest is ${latestVersion})`],
    ...ruleFacts(rules),
  ];
}

export function versionFacts(version: ProfileVersion): Facts {
  return [
    ['Profile', version.name],
    ['Version', `${version.version}${version.active ? ', in force' : ''}`],
    ['Created', `${version.createdAt}${version.createdBy === null ? '' : ` by ${version.createdBy}`}`],
    ['Activated', orDash(version.activatedAt)],
    ...(version.comment === '' ? [] : [['Comment', version.comment] as const]),
    ...ruleFacts(version.rules),
  ];
}

export function previewFacts(preview: ProfilePreview): Facts {
  const { changes, certificates, sample, obstacles } = preview;
  const counts = certificates.map(({ version, active }) => `version ${version}: ${active}`);
  const refused = sample.refused.map(
    ({ deviceId, code, message }) => `${deviceId ?? 'no device'}: ${code}: ${message}`,
  );
  return [
    ['Profile', preview.name],
    ['From', `version ${preview.activeVersion}`],
    ['To', preview.version === null ? 'rules that are not stored' : `version ${preview.version}`],
    ['Changes', changes.map(changeInWords).join('\n') || 'none'],
    ['Endpoints', preview.endpoints.join(', ') || 'none'],
    ['Devices affected', String(preview.devices)],
    ['Active certificates', counts.join('\n') || 'none'],
    ['Latest requests', `${sample.requests} run dry, ${refused.length} refused by the change`],
    ...(sample.refusedAnyway === 0 ? [] : [['Refused anyway', String(sample.refusedAnyway)] as const]),
    ...(refused.length === 0 ? [] : [['Would be refused', refused.join('\n')] as const]),
    ...(obstacles.length === 0 ? [] : [['Obstacles', obstacles.join('\n')] as const]),
  ];
}

function changeInWords({ pointer, before, after }: RuleChange): string {
  return `${pointer}: ${jsonOrDash(before)} → ${jsonOrDash(after)}`;
}

/** As they are written in a file: what is nested is a block of YAML. */
function ruleFacts(rules: Readonly<Record<string, unknown>>): Facts {
  return Object.entries(rules).map(([rule, value]) => [rule, formatRule(value)] as const);
}

function jsonOrDash(value: unknown): string {
  return value === null || value === undefined ? '-' : JSON.stringify(value);
}
