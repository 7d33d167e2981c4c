/** `touchmark cert revoke|hold|release` of one certificate. */
import type { Certificate, RevokedAnswer } from '@touchmark/admin-api';
import { Option } from 'commander';
import type { Command } from 'commander';
import { segment } from '../api.ts';
import type { Api } from '../api.ts';
import { confirm } from '../ask.ts';
import { resolveCertificate } from '../certificate-argument.ts';
import { certificateArgumentHelp, certificateFacts, certificateName, certificateView } from '../certificate-view.ts';
import { apiOf, outputOption } from '../command.ts';
import { say, suggestNext } from '../io.ts';
import type { Io } from '../io.ts';
import { showFormats, writeThing } from '../output/format.ts';
import type { ShowFormat } from '../output/format.ts';

/** RFC 5280 §5.3.1; a hold is not a revocation, and an authority is not revoked like this: each has its own command. */
export const revocationReasons = [
  'unspecified',
  'keyCompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'privilegeWithdrawn',
];

interface Options {
  readonly yes?: boolean;
  readonly output: ShowFormat;
}

interface RevokeOptions extends Options {
  readonly reason: string;
  readonly invalidityDate?: string;
}

export function addRevocationCommands(cert: Command, io: Io): void {
  cert
    .command('revoke')
    .description('revoke a certificate, for good')
    .argument('<certificate>', certificateArgumentHelp)
    .addOption(new Option('--reason <reason>', 'why').choices(revocationReasons).default('unspecified'))
    .option('--invalidity-date <time>', 'since when the key is suspect, RFC 3339 in UTC')
    .option('-y, --yes', 'do not ask')
    .addOption(outputOption(showFormats))
    .action(async (written: string, options: RevokeOptions, command: Command) => {
      await revoke(io, await resolveCertificate(io, written), options, apiOf(io, command));
    });

  cert
    .command('hold')
    .description('put a certificate on hold: revoked until it is released')
    .argument('<certificate>', certificateArgumentHelp)
    .option('-y, --yes', 'do not ask')
    .addOption(outputOption(showFormats))
    .action(async (written: string, options: Options, command: Command) => {
      await hold(io, await resolveCertificate(io, written), options, apiOf(io, command));
    });

  cert
    .command('release')
    .description('release a certificate that is on hold')
    .argument('<certificate>', certificateArgumentHelp)
    .addOption(outputOption(showFormats))
    .action(async (written: string, options: Options, command: Command) => {
      const path = `/certificates/${segment(await resolveCertificate(io, written))}/release`;
      const released = await apiOf(io, command).post<RevokedAnswer>(path, undefined);
      write(io, released, options);
      suggestNext(io, 'touchmark crl list    (the next CRL is without it within a minute; OCSP says good now)');
    });
}

async function revoke(io: Io, reference: string, options: RevokeOptions, api: Api): Promise<void> {
  const path = `/certificates/${segment(reference)}`;
  const before = await api.get<Certificate>(path);
  if (before.status !== 'revoked') await ask(io, 'Revoke', before, ` for ${options.reason}`, options);
  const body = {
    reason: options.reason,
    ...(options.invalidityDate !== undefined && { invalidityDate: options.invalidityDate }),
  };
  const revoked = await api.post<RevokedAnswer>(`${path}/revoke`, body);
  write(io, revoked, options);
  if (revoked.changed) suggestNext(io, 'touchmark crl list    (the next CRL has it within a minute; OCSP has it now)');
  else say(io, `It was revoked before, at ${revoked.revocation?.revokedAt}; that revocation stands.`);
}

async function hold(io: Io, reference: string, options: Options, api: Api): Promise<void> {
  const path = `/certificates/${segment(reference)}`;
  const before = await api.get<Certificate>(path);
  if (before.revocation === null) await ask(io, 'Put on hold', before, '', options);
  const held = await api.post<RevokedAnswer>(`${path}/hold`, undefined);
  write(io, held, options);
  if (held.changed) suggestNext(io, `touchmark cert release ${held.serialNumber}`);
  else say(io, `It is on hold since ${held.revocation?.revokedAt}.`);
}

function ask(io: Io, verb: string, certificate: Certificate, why: string, { yes = false }: Options): Promise<void> {
  return confirm(io, `${verb} ${certificateName(certificate)} (serial ${certificate.serialNumber})${why}?`, yes);
}

function write(io: Io, answer: RevokedAnswer, { output }: Options): void {
  writeThing(io, answer, { name: certificateView.name, facts: certificateFacts }, output);
}
