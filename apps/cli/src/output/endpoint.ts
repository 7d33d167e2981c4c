/** An enrollment endpoint in words. */
import type { Endpoint } from '@touchmark/admin-api';
import type { View } from './format.ts';

export const endpointView: View<Endpoint> = {
  noun: 'enrollment endpoint',
  name: ({ label }) => label,
  columns: [
    { title: 'LABEL', cell: ({ label }) => label },
    { title: 'PROTOCOL', cell: ({ protocol }) => protocol },
    { title: 'CA', cell: ({ authority }) => authority },
    { title: 'PROFILE', cell: ({ profile }) => `${profile.name} v${profile.version}` },
    { title: 'ACCEPTS', cell: (endpoint) => acceptsOf(endpoint) },
    { title: 'ENABLED', cell: ({ enabled }) => (enabled ? 'yes' : 'no') },
  ],
};

export function factsOfEndpoint(item: Endpoint): readonly (readonly [string, string])[] {
  return [
    ['Label', item.label],
    ['Protocol', item.protocol],
    ['Profile', `${item.profile.name} version ${item.profile.version}`],
    ['Authority', item.authority],
    ['Accepts', acceptsOf(item)],
    ['Approval', item.approval],
    ['Settings', settingsOf(item.settings)],
    ['Enabled', item.enabled ? 'yes' : 'no'],
    ['Revision', String(item.revision)],
  ];
}

function acceptsOf({ acceptsSecret, acceptsCertificate, acceptsAnyone, challenge }: Endpoint): string {
  const accepted = [
    ...(acceptsSecret ? ['secret'] : []),
    ...(challenge === null ? [] : [`${challenge.kind} challenge`]),
    ...(acceptsCertificate ? ['certificate'] : []),
    ...(acceptsAnyone ? ['anyone'] : []),
  ];
  return accepted.join(', ') || 'nothing';
}

function settingsOf(settings: Endpoint['settings']): string {
  const written = Object.entries(settings).map(([name, value]) => `${name}=${String(value)}`);
  return written.join(', ') || '-';
}
