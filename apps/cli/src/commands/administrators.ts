/** `touchmark admin …`: who may administer the service. */
import type { Credential, RevokedCredential } from '@touchmark/admin-api';
import type { Command } from 'commander';
import { segment } from '../api.ts';
import type { Api } from '../api.ts';
import { confirm } from '../ask.ts';
import { apiOf, listingOptions, outputOption, runListing } from '../command.ts';
import type { ListOptions } from '../command.ts';
import { say } from '../io.ts';
import type { Io } from '../io.ts';
import { showFormats, writeThing } from '../output/format.ts';
import type { Listing, ShowFormat, View } from '../output/format.ts';
import { minute, orDash, state } from '../output/words.ts';

const view: View<Credential> = {
  noun: 'credential',
  name: ({ id }) => id,
  columns: [
    { title: 'NAME', cell: ({ name }) => name },
    { title: 'ROLE', cell: ({ role }) => role },
    { title: 'BY', cell: ({ kind }) => kind },
    { title: 'STATUS', cell: ({ status }) => state(status) },
    { title: 'CREATED', cell: ({ createdAt }) => minute(createdAt) },
    { title: 'EXPIRES', cell: ({ expiresAt }) => minute(expiresAt) },
    { title: 'ID', cell: ({ id }) => id },
  ],
};

export function addAdministratorCommands(program: Command, io: Io): void {
  const admin = program.command('admin').description('credentials of administrators and other principals');

  listingOptions(admin.command('list').description('list credentials, oldest first, also revoked ones'), {
    paged: false,
  }).action(async (options: ListOptions, command: Command) => {
    await runListing(io, apiOf(io, command), '/principals', {}, view, options);
  });

  admin
    .command('revoke')
    .description('revoke a credential; the last one of an administrator stays')
    .argument('<id>', 'as touchmark admin list shows it')
    .option('-y, --yes', 'do not ask')
    .addOption(outputOption(showFormats))
    .action(async (id: string, options: { yes?: boolean; output: ShowFormat }, command: Command) => {
      const api = apiOf(io, command);
      await confirm(io, `Revoke ${await describe(api, id)}?`, options.yes ?? false);
      const revoked = await api.post<RevokedCredential>(`/principals/${segment(id)}/revoke`, undefined);
      writeThing(io, revoked, { name: view.name, facts: factsOf }, options.output);
      if (!revoked.changed) say(io, 'It was revoked before; that revocation stands.');
    });
}

async function describe(api: Api, id: string): Promise<string> {
  const { items } = await api.get<Listing<Credential>>('/principals');
  const found = items.find((credential) => credential.id === id);
  return found === undefined ? `the credential ${id}` : `the ${found.kind} of ${found.name}, ${found.role}`;
}

function factsOf(credential: Credential): readonly (readonly [string, string | ReturnType<typeof state>])[] {
  return [
    ['Name', credential.name],
    ['Role', credential.role],
    ['By', credential.kind],
    ['Status', state(credential.status)],
    ['Created', credential.createdAt],
    ['Expires', orDash(credential.expiresAt)],
    ['Revoked', orDash(credential.revokedAt)],
    ['Id', credential.id],
  ];
}
