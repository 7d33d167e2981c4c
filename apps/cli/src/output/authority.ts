/** An authority in words. */
import type { Authority } from '@touchmark/admin-api';
import type { View } from './format.ts';
import { minute, spell, state, withRelative } from './words.ts';
import type { Cell } from './table.ts';

export const authorityView: View<Authority> = {
  noun: 'authority',
  name: ({ name }) => name,
  columns: [
    { title: 'NAME', cell: ({ name }) => name },
    { title: 'KIND', cell: ({ kind }) => kind },
    { title: 'STATE', cell: ({ state: current }) => state(current) },
    { title: 'KEY', cell: ({ keyAlgorithm }) => keyAlgorithm },
    { title: 'SUBJECT', cell: ({ subject }) => subject },
    { title: 'EXPIRES', cell: ({ notAfter }) => minute(notAfter) },
    { title: 'FINGERPRINT (SHA-256)', cell: ({ fingerprintSha256 }) => fingerprintSha256 },
  ],
};

export function factsOfAuthority(item: Authority): readonly (readonly [string, string | Cell])[] {
  return [
    ['Name', item.name],
    ['Kind', item.kind],
    ['State', state(item.state)],
    ['Subject', item.subject],
    ['Serial number', item.serialNumber],
    ['Not before', item.notBefore],
    ['Not after', withRelative(item.notAfter)],
    ['Fingerprint (SHA-256)', item.fingerprintSha256],
    ['Key', `${item.keyAlgorithm}, ${item.keyId}`],
    ['Signs with', item.signatureAlgorithm],
    ['Key usage', item.keyUsage.join(', ')],
    ['Path length', item.pathLength === null ? 'unlimited' : String(item.pathLength)],
    ...constraints('Permitted names', item.nameConstraints?.permitted),
    ...constraints('Excluded names', item.nameConstraints?.excluded),
    [
      'CRL',
      `holds ${spell(item.crlValiditySeconds)}, every ${spell(item.crlIntervalSeconds)}, shards: ${item.crlShards}`,
    ],
    ['OCSP', `holds ${spell(item.ocspValiditySeconds)}, responder key ${item.ocspKeyAlgorithm}`],
    ['Revision', String(item.revision)],
    ['Id', item.id],
  ];
}

function constraints(
  title: string,
  subtrees: readonly { readonly kind: string; readonly value: string }[] = [],
): (readonly [string, string])[] {
  if (subtrees.length === 0) return [];
  return [[title, subtrees.map(({ kind, value }) => `${kind}:${value}`).join('\n')]];
}
