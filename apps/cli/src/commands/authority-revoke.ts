/** `touchmark ca revoke`: an act of its own, because everything below the authority goes with it. */
import type { Authority, RevokedAnswer } from '@touchmark/admin-api';
import type { Command } from 'commander';
import { segment } from '../api.ts';
import { askFor } from '../ask.ts';
import { certificateFacts, certificateView } from '../certificate-view.ts';
import { apiOf, choice, outputOption } from '../command.ts';
import { say, suggestNext } from '../io.ts';
import type { Io } from '../io.ts';
import { showFormats, writeThing } from '../output/format.ts';
import type { ShowFormat } from '../output/format.ts';

/** RFC 5280 §5.3.1, as far as they are about authorities. */
const reasons = ['unspecified', 'cACompromise', 'affiliationChanged', 'superseded', 'cessationOfOperation'];

interface Options {
  readonly reason: string;
  readonly invalidityDate?: string;
  readonly confirm?: string;
  readonly output: ShowFormat;
}

export function addRevokeAuthorityCommand(ca: Command, io: Io): void {
  ca.command('revoke')
    .description('revoke an issuing CA, in the CRL of its issuer; what it issued is worth nothing from then on')
    .argument('<name>', 'name or id')
    .addOption(choice('--reason <reason>', 'why', reasons).makeOptionMandatory())
    .option('--invalidity-date <time>', 'since when the key is suspect, RFC 3339 in UTC')
    .option('--confirm <name>', 'the name once more; on a terminal it is asked for')
    .addOption(outputOption(showFormats))
    .action(async (written: string, options: Options, command: Command) => {
      const api = apiOf(io, command);
      const { name } = await api.get<Authority>(`/authorities/${segment(written)}`);
      const warning = `Every certificate that "${name}" issued stops working. Type its name to revoke it:`;
      const body = {
        reason: options.reason,
        confirm: options.confirm ?? (await askFor(io, warning, '--confirm NAME')),
        ...(options.invalidityDate !== undefined && { invalidityDate: options.invalidityDate }),
      };
      const answer = await api.post<RevokedAnswer>(`/authorities/${segment(written)}/revoke`, body);
      writeThing(io, answer, { name: certificateView.name, facts: certificateFacts }, options.output);
      if (answer.changed) suggestNext(io, "touchmark crl list    (its issuer's next CRL has it within a minute)");
      else say(io, `It was revoked before, at ${answer.revocation?.revokedAt}; that revocation stands.`);
    });
}
