/** `touchmark cert list|show|revoke|export`; issue and inspect have files of their own. */
import type { Certificate, RevokedAnswer } from '@touchmark/admin-api';
import { Option } from 'commander';
import type { Command } from 'commander';
import { segment } from '../api.ts';
import { confirm } from '../ask.ts';
import { resolveCertificate } from '../certificate-argument.ts';
import { apiOf, listingOptions, outputOption, runListing } from '../command.ts';
import type { ListOptions } from '../command.ts';
import { say, suggestNext, writeData } from '../io.ts';
import type { Io } from '../io.ts';
import { showFormats, writeThing } from '../output/format.ts';
import type { ShowFormat, View } from '../output/format.ts';
import type { Cell } from '../output/table.ts';
import { minute, orDash, state, withRelative } from '../output/words.ts';
import { addInspectCommand } from './certificate-inspect.ts';
import { addIssueCommand } from './certificate-issue.ts';

const view: View<Certificate> = {
  noun: 'certificate',
  name: ({ id }) => id,
  columns: [
    { title: 'SERIAL', cell: ({ serialNumber }) => serialNumber },
    { title: 'STATUS', cell: ({ status }) => state(status) },
    { title: 'SUBJECT', cell: (certificate) => nameOf(certificate) },
    { title: 'PROFILE', cell: ({ profile }) => profile.name },
    { title: 'EXPIRES', cell: ({ notAfter }) => minute(notAfter) },
    { title: 'ID', cell: ({ id }) => id },
  ],
};

/** RFC 5280 §5.3.1; a hold is not a revocation and has an operation of its own. */
const reasons = [
  'unspecified',
  'keyCompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'privilegeWithdrawn',
];

interface CertificateListOptions extends ListOptions {
  readonly status?: string;
  readonly device?: string;
  readonly profile?: string;
  readonly ca?: string;
}

interface RevokeOptions {
  readonly reason: string;
  readonly invalidityDate?: string;
  readonly yes?: boolean;
  readonly output: ShowFormat;
}

const argumentHelp = 'id, serial number in hex, SHA-256 fingerprint, or a PEM or DER file';

export function addCertificateCommands(program: Command, io: Io): void {
  const cert = program.command('cert').description('certificates');

  listingOptions(cert.command('list').description('list certificates, newest first'), { paged: true })
    .option('--status <states>', 'active, revoked, held, expired; several with commas')
    .option('--device <id>', 'only of this device')
    .option('--profile <name>', 'only of this profile')
    .option('--ca <name>', 'only of this authority')
    .action(async (options: CertificateListOptions, command: Command) => {
      const { status, device, profile, ca, limit } = options;
      const query = { status, deviceId: device, profile, authority: ca, limit };
      await runListing(io, apiOf(io, command), '/certificates', query, view, options);
    });

  cert
    .command('show')
    .description('show a certificate')
    .argument('<certificate>', argumentHelp)
    .addOption(outputOption([...showFormats, 'pem']))
    .option('--chain', 'with -o pem: its issuers too')
    .action(async (written: string, options: { output: ShowFormat | 'pem'; chain?: boolean }, command: Command) => {
      const api = apiOf(io, command);
      const path = `/certificates/${segment(await resolveCertificate(io, written))}`;
      if (options.output === 'pem') {
        const pem = await api.download(`${path}/${options.chain === true ? 'chain' : 'pem'}`);
        return writeData(io, Buffer.from(pem).toString('utf8'));
      }
      const found = await api.get<Certificate>(path);
      writeThing(io, found, { name: view.name, facts: factsOf }, options.output);
      if (found.status === 'active') suggestNext(io, `touchmark cert revoke ${found.serialNumber} --reason superseded`);
    });

  cert
    .command('revoke')
    .description('revoke a certificate, for good')
    .argument('<certificate>', argumentHelp)
    .addOption(new Option('--reason <reason>', 'why').choices(reasons).default('unspecified'))
    .option('--invalidity-date <time>', 'since when the key is suspect, RFC 3339 in UTC')
    .option('-y, --yes', 'do not ask')
    .addOption(outputOption(showFormats))
    .action(async (written: string, options: RevokeOptions, command: Command) => {
      await revoke(io, await resolveCertificate(io, written), options, command);
    });

  addIssueCommand(cert, io);
  addInspectCommand(cert, io);
}

async function revoke(io: Io, reference: string, options: RevokeOptions, command: Command): Promise<void> {
  const api = apiOf(io, command);
  const path = `/certificates/${segment(reference)}`;
  const before = await api.get<Certificate>(path);
  if (before.revocation === null) {
    await confirm(
      io,
      `Revoke ${nameOf(before)} (serial ${before.serialNumber}) for ${options.reason}?`,
      options.yes ?? false,
    );
  }
  const body = {
    reason: options.reason,
    ...(options.invalidityDate !== undefined && { invalidityDate: options.invalidityDate }),
  };
  const revoked = await api.post<RevokedAnswer>(`${path}/revoke`, body);
  writeThing(io, revoked, { name: view.name, facts: factsOf }, options.output);
  if (revoked.changed) suggestNext(io, 'touchmark crl list    (the next CRL has it within a minute; OCSP has it now)');
  else say(io, `It was revoked before, at ${revoked.revocation?.revokedAt}; that revocation stands.`);
}

function nameOf({ subject, subjectAltNames, serialNumber }: Certificate): string {
  return subject || subjectAltNames[0]?.value || serialNumber;
}

function factsOf(certificate: Certificate): readonly (readonly [string, string | Cell])[] {
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
