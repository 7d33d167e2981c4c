/** `touchmark cert list|show`; issue, inspect, lint and revocation have files of their own. */
import type { Certificate } from '@touchmark/admin-api';
import type { Command } from 'commander';
import { segment } from '../api.ts';
import { resolveCertificate } from '../certificate-argument.ts';
import { certificateArgumentHelp, certificateFacts, certificateView } from '../certificate-view.ts';
import { apiOf, listingOptions, outputOption, runListing } from '../command.ts';
import type { ListOptions } from '../command.ts';
import { suggestNext, writeBytes, writeData } from '../io.ts';
import type { Io } from '../io.ts';
import { showFormats, writeThing } from '../output/format.ts';
import type { ShowFormat } from '../output/format.ts';
import { filtersOf, selectionOptions } from '../selection-options.ts';
import type { SelectionOptions } from '../selection-options.ts';
import { addBulkCommands } from './certificate-bulk.ts';
import { addInspectCommand } from './certificate-inspect.ts';
import { addLintCommand } from './certificate-lint.ts';
import { addIssueCommand } from './certificate-issue.ts';
import { addRevocationCommands } from './certificate-revoke.ts';

type DownloadFormat = ShowFormat | 'pem' | 'der' | 'p7b';

export function addCertificateCommands(program: Command, io: Io): void {
  const cert = program.command('cert').description('certificates');

  selectionOptions(
    listingOptions(cert.command('list').description('list certificates, newest first'), { paged: true }),
  ).action(async (options: ListOptions & SelectionOptions, command: Command) => {
    const query = { ...filtersOf(io, options), limit: options.limit };
    await runListing(io, apiOf(io, command), '/certificates', query, certificateView, options);
  });

  cert
    .command('show')
    .description('show a certificate')
    .argument('<certificate>', certificateArgumentHelp)
    .addOption(outputOption([...showFormats, 'pem', 'der', 'p7b']))
    .option('--chain', 'with -o pem: its issuers too; -o p7b always has them')
    .action(async (written: string, options: { output: DownloadFormat; chain?: boolean }, command: Command) => {
      const api = apiOf(io, command);
      const path = `/certificates/${segment(await resolveCertificate(io, written))}`;
      if (options.output === 'pem') {
        const pem = await api.download(`${path}/${options.chain === true ? 'chain' : 'pem'}`);
        return writeData(io, Buffer.from(pem).toString('utf8'));
      }
      if (options.output === 'der' || options.output === 'p7b') {
        return writeBytes(io, await api.download(`${path}/${options.output}`));
      }
      const found = await api.get<Certificate>(path);
      writeThing(io, found, { name: certificateView.name, facts: certificateFacts }, options.output);
      if (found.status === 'active') suggestNext(io, `touchmark cert revoke ${found.serialNumber} --reason superseded`);
    });

  addRevocationCommands(cert, io);
  addBulkCommands(cert, io);
  addIssueCommand(cert, io);
  addInspectCommand(cert, io);
  addLintCommand(cert, io);
}
