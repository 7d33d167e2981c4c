/** `touchmark profile create|edit|activate|rollback`: versions are added, looked at, and put in force. */
import type { Profile, ProfilePreview, ProfileVersion } from '@touchmark/admin-api';
import type { Command } from 'commander';
import { segment } from '../api.ts';
import type { Api } from '../api.ts';
import { confirm } from '../ask.ts';
import { apiOf, outputOption } from '../command.ts';
import { editText } from '../editor.ts';
import { CliFailure } from '../failure.ts';
import { say, suggestNext } from '../io.ts';
import type { Io } from '../io.ts';
import { showFormats, writeThing } from '../output/format.ts';
import type { ShowFormat } from '../output/format.ts';
import { formatRules, parseRules, readRules } from '../rules-file.ts';
import { previewFacts, profileFacts, versionFacts } from '../profile-view.ts';
import { writeFacts } from '../output/table.ts';

interface ChangeOptions {
  readonly file?: string;
  readonly comment?: string;
  readonly activate?: boolean;
  readonly acceptRefusals?: boolean;
  readonly yes?: boolean;
  readonly output: ShowFormat;
}

const ifMatch = (revision: number) => ({ 'If-Match': `"${revision}"` });
const name = ({ name: named }: { readonly name: string }): string => named;

export function addProfileChangeCommands(profile: Command, io: Io): void {
  profile
    .command('create')
    .description('create a profile; its first version is in force at once')
    .argument('<name>')
    .requiredOption('--file <file>', 'its rules, YAML or JSON, - for standard input')
    .option('--comment <text>', 'why')
    .addOption(outputOption(showFormats))
    .action(async (named: string, options: ChangeOptions & { file: string }, command: Command) => {
      const body = { name: named, rules: await readRules(io, options.file), comment: options.comment };
      const created = await apiOf(io, command).post<Profile>('/profiles', body);
      writeThing(io, created, { name, facts: profileFacts }, options.output);
      suggestNext(io, `touchmark profile test ${named} --csr FILE --device ID`);
    });

  profile
    .command('edit')
    .description('add a version to a profile, in your editor or from a file; it is in force only with --activate')
    .argument('<name>')
    .option('--file <file>', 'its rules, YAML or JSON, - for standard input')
    .option('--comment <text>', 'why')
    .option('--activate', 'put it in force at once')
    .option('--accept-refusals', 'put it in force although requests of the sample would be refused')
    .option('-y, --yes', 'do not ask')
    .addOption(outputOption(showFormats))
    .action(async (named: string, options: ChangeOptions, command: Command) => {
      const api = apiOf(io, command);
      const path = `/profiles/${segment(named)}`;
      const before = await api.get<Profile>(path);
      const rules = await rulesFor(io, api, before, options.file);
      if (rules === undefined) return say(io, 'The rules were left as they are; nothing was done.');
      if (options.activate === true) await showAndAsk(io, api, path, { rules }, options.yes ?? false);
      const body = {
        rules,
        comment: options.comment,
        activate: options.activate,
        acceptRefusals: options.acceptRefusals,
      };
      const added = await api.post<ProfileVersion>(`${path}/versions`, body, ifMatch(before.revision));
      writeThing(io, added, { name: ({ version }) => String(version), facts: versionFacts }, options.output);
      if (!added.active) {
        suggestNext(
          io,
          `touchmark profile preview ${named} --version ${added.version}`,
          `touchmark profile activate ${named} --version ${added.version}`,
        );
      }
    });

  profile
    .command('activate')
    .description('put a version of a profile in force')
    .argument('<name>')
    .allowExcessArguments()
    .option('--version <n>', 'which; default: the latest', Number)
    .option('--accept-refusals', 'also when requests of the sample would be refused')
    .option('-y, --yes', 'do not ask')
    .addOption(outputOption(showFormats))
    .action(async (named: string, options: ChangeOptions & { version?: number }, command: Command) => {
      checkNoVersionArgument(named, command.args[1]);
      await activate(io, named, options.version ?? 'latest', options, command);
    });

  profile
    .command('rollback')
    .description('put the version in force that was before')
    .argument('<name>')
    .option('--accept-refusals', 'also when requests of the sample would be refused')
    .option('-y, --yes', 'do not ask')
    .addOption(outputOption(showFormats))
    .action(async (named: string, options: ChangeOptions, command: Command) => {
      await activate(io, named, 'previous', options, command);
    });
}

/** `activate pump 2` is what comes to mind first. */
function checkNoVersionArgument(named: string, excess: string | undefined): void {
  if (excess === undefined) return;
  const version = /^\d+$/.test(excess) ? excess : 'N';
  throw new CliFailure('usage', `"${excess}" is one word too many.`, {
    hint: `A version is said like this: touchmark profile activate ${named} --version ${version}`,
  });
}

async function activate(
  io: Io,
  named: string,
  wanted: number | 'latest' | 'previous',
  options: ChangeOptions,
  command: Command,
): Promise<void> {
  const api = apiOf(io, command);
  const path = `/profiles/${segment(named)}`;
  const before = await api.get<Profile>(path);
  const version = wanted === 'latest' ? before.latestVersion : wanted;
  if (typeof version === 'number') await showAndAsk(io, api, path, { version }, options.yes ?? false);
  else await confirm(io, `Put the version in force that was before version ${before.version}?`, options.yes ?? false);
  const body = { version, acceptRefusals: options.acceptRefusals };
  const after = await api.post<Profile>(`${path}/activate`, body, ifMatch(before.revision));
  writeThing(io, after, { name, facts: profileFacts }, options.output);
  if (after.version === before.version) say(io, `Version ${after.version} was in force already.`);
}

/** The person at the terminal sees who is affected before the question; a script has asked for the preview itself. */
async function showAndAsk(io: Io, api: Api, path: string, candidate: object, yes: boolean): Promise<void> {
  if (yes || !io.stdin.isTTY || !io.stderr.isTTY) return;
  const preview = await api.post<ProfilePreview>(`${path}/preview`, candidate);
  writeFacts({ ...io, stdout: io.stderr }, previewFacts(preview));
  await confirm(io, 'Put it in force?', yes);
}

async function rulesFor(
  io: Io,
  api: Api,
  { name: named, latestVersion }: Profile,
  file: string | undefined,
): Promise<Record<string, unknown> | undefined> {
  if (file !== undefined) return readRules(io, file);
  const latest = await api.get<ProfileVersion>(`/profiles/${segment(named)}/versions/${latestVersion}`);
  const edited = await editText(io, formatRules(latest.rules), `${named}.yaml`);
  return edited === undefined ? undefined : parseRules(edited, `${named}.yaml`);
}
