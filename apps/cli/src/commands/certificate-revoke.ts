/** `touchmark cert revoke|hold|release|seen`. */
import type { Certificate, RevokedAnswer, Seen } from '@touchmark/admin-api';
import type { Command } from 'commander';
import { segment } from '../api.ts';
import type { Api } from '../api.ts';
import { confirm } from '../ask.ts';
import { resolveCertificate } from '../certificate-argument.ts';
import { certificateArgumentHelp, certificateFacts, certificateName, certificateView } from '../certificate-view.ts';
import { apiOf, outputOption } from '../command.ts';
import { CliFailure } from '../failure.ts';
import { say, suggestNext } from '../io.ts';
import type { Io } from '../io.ts';
import { showFormats, writeThing } from '../output/format.ts';
import type { ShowFormat } from '../output/format.ts';
import { filtersOf, selectionOptions } from '../selection-options.ts';
import { bulkOptions, revokeSelection } from './certificate-bulk.ts';
import type { BulkOptions } from './certificate-bulk.ts';

interface Options {
  readonly yes?: boolean;
  readonly output: ShowFormat;
}

export function addRevocationCommands(cert: Command, io: Io): void {
  bulkOptions(
    selectionOptions(
      cert
        .command('revoke')
        .description('revoke a certificate, or every one of a selection, for good')
        .argument('[certificate]', certificateArgumentHelp),
    ),
  ).action(async (written: string | undefined, options: BulkOptions, command: Command) => {
    const api = apiOf(io, command);
    const selected = Object.keys(filtersOf(io, options)).length > 0;
    if (selected === (written !== undefined)) {
      throw new CliFailure(
        'usage',
        'Name one certificate, or select several by flags (--device, --key, --profile, …).',
      );
    }
    if (written === undefined) await revokeSelection(io, api, options);
    else await revoke(io, await resolveCertificate(io, written), options, api);
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

  addSeenCommand(cert, io);
}

/** For administrators, and for scripts on relying parties that have no other client. */
function addSeenCommand(cert: Command, io: Io): void {
  cert
    .command('seen')
    .description('report that a certificate is in use; its profile may have older ones of the device revoked')
    .argument('<certificate>', certificateArgumentHelp)
    .addOption(outputOption(showFormats))
    .action(async (written: string, { output }: Options, command: Command) => {
      const path = `/certificates/${segment(await resolveCertificate(io, written))}/seen`;
      const seen = await apiOf(io, command).post<Seen>(path, undefined);
      const facts = ({ certificateId, at, reportedBy }: Seen) =>
        [
          ['Certificate', certificateId],
          ['First seen', at],
          ['By', reportedBy],
        ] as const;
      writeThing(io, seen, { name: ({ certificateId }) => certificateId, facts }, output);
      if (!seen.changed) say(io, 'It had been seen before.');
    });
}

async function revoke(io: Io, reference: string, options: BulkOptions, api: Api): Promise<void> {
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
