/** `touchmark setup-link`: a one-time link with which one more administrator gets an API token. */
import type { CreatedSetupToken, roleNames } from '@touchmark/admin-api';
import type { Command } from 'commander';
import { apiOf, choice, outputOption } from '../command.ts';
import { say, writeData } from '../io.ts';
import type { Io } from '../io.ts';
import { withRelative } from '../output/words.ts';

/** Written again, for loading the contract would slow the command down; its type holds it to the same. */
const roles: typeof roleNames = ['viewer', 'operator', 'officer', 'administrator', 'auditor', 'reporter'];

export function addSetupLinkCommand(program: Command, io: Io): void {
  program
    .command('setup-link')
    .description('a one-time link for one more administrator, or for less; it is shown once')
    .addOption(choice('--role <role>', 'of whoever opens it', roles).default('administrator'))
    .addOption(outputOption(['table', 'json']))
    .action(async (options: { role: string; output: 'table' | 'json' }, command: Command) => {
      const api = apiOf(io, command);
      const answer = await api.post<CreatedSetupToken>(`/setup-tokens?role=${options.role}`, undefined);
      // At the address that is known to work from here: the service may have others for itself, inside a container say.
      const created = { ...answer, link: new URL(`/setup#${answer.token}`, api.access.url).href };
      writeData(io, options.output === 'json' ? JSON.stringify(created, undefined, 2) : created.link);
      say(
        io,
        `It works once and ends ${withRelative(created.expiresAt)}. Whoever opens it gets the role ${answer.role}.`,
      );
    });
}
