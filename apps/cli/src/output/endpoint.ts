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
    ['URL', item.url ?? 'not known here: this node does not serve EST'],
    ['Profile', `${item.profile.name} version ${item.profile.version}`],
    ['Authority', item.authority],
    ['Accepts', acceptsOf(item)],
    ['Approval', item.approval],
    ['Settings', settingsOf(item.settings)],
    ...(item.settingsInForce.length === 0 ? [] : ([['In force', inForceOf(item)]] as const)),
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

/** One setting a line, with what it does and why it is so. */
function inForceOf({ settings, settingsInForce }: Endpoint): string {
  const preset = typeof settings.preset === 'string' ? settings.preset : 'generic';
  const named = settingsInForce.map((setting) => ({ ...setting, written: `${setting.name}=${String(setting.value)}` }));
  const width = Math.max(...named.map(({ written }) => written.length));
  return named
    .map(({ written, meaning, ...setting }) => `${written.padEnd(width)}  ${meaning}${reasonOf(setting, preset)}`)
    .join('\n');
}

function reasonOf(
  { source, value, byPreset }: Pick<Endpoint['settingsInForce'][number], 'source' | 'value' | 'byPreset'>,
  preset: string,
): string {
  switch (source) {
    case 'generic':
      return '';
    case 'preset':
      return ` (preset ${preset})`;
    case 'endpoint':
      if (byPreset === null) return ' (set here)';
      if (byPreset === value) return ` (set here, as the preset ${preset} has it)`;
      return ` (set here; the preset ${preset} has ${String(byPreset)})`;
  }
}
