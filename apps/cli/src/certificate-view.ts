/** How certificates are shown, wherever they are. */
import type { Certificate } from '@touchmark/admin-api';
import type { View } from './output/format.ts';
import type { Cell } from './output/table.ts';
import { minute, orDash, state, withRelative } from './output/words.ts';

export const certificateArgumentHelp = 'id, serial number in hex, SHA-256 fingerprint, or a PEM or DER file';

export const certificateView: View<Certificate> = {
  noun: 'certificate',
  name: ({ id }) => id,
  columns: [
    { title: 'SERIAL', cell: ({ serialNumber }) => serialNumber },
    { title: 'STATUS', cell: ({ status }) => state(status) },
    { title: 'SUBJECT', cell: (certificate) => certificateName(certificate) },
    { title: 'PROFILE', cell: ({ profile }) => profile.name },
    { title: 'EXPIRES', cell: ({ notAfter }) => minute(notAfter) },
    { title: 'ID', cell: ({ id }) => id },
  ],
};

export function certificateName({ subject, subjectAltNames, serialNumber }: Certificate): string {
  return subject || subjectAltNames[0]?.value || serialNumber;
}

export function certificateFacts(certificate: Certificate): readonly (readonly [string, string | Cell])[] {
  const { revocation } = certificate;
  return [
    ['Status', state(certificate.status)],
    ...(revocation === null ? [] : [['Revoked', `${revocation.revokedAt}, ${revocation.reason}`] as const]),
    ['Subject', certificate.subject || '(empty)'],
    ['Names', certificate.subjectAltNames.map(({ kind, value }) => `${kind}:${value}`).join('\n') || '-'],
    ['Issuer', certificate.issuer],
    ['Serial number', certificate.serialNumber],
    ['Not before', certificate.notBefore],
    ['Not after', withRelative(certificate.notAfter)],
    ['Profile', `${certificate.profile.name} version ${certificate.profile.version}`],
    ['Device', orDash(certificate.deviceId)],
    ['Issued', certificate.issuedAt],
    ['Fingerprint (SHA-256)', certificate.fingerprintSha256],
    ['Id', certificate.id],
  ];
}
