/** The command tree: nouns, then verbs. */
import { Command } from 'commander';
import type { Io } from './io.ts';

type AddCommands = (program: Command, io: Io) => void;

/** In the order of the help. Each is loaded only when it can be meant: the X.509 code costs a third of a second. */
const loaders: Readonly<Record<string, () => Promise<AddCommands>>> = {
  serve: async () => (await import('./commands/serve.ts')).addServeCommand,
  status: async () => (await import('./commands/status.ts')).addStatusCommand,
  whoami: async () => (await import('./commands/whoami.ts')).addWhoAmICommand,
  doctor: async () => (await import('./commands/doctor.ts')).addDoctorCommand,
  cert: async () => (await import('./commands/certificates.ts')).addCertificateCommands,
  device: async () => (await import('./commands/devices.ts')).addDeviceCommands,
  endpoint: async () => (await import('./commands/endpoints.ts')).addEndpointCommands,
  request: async () => (await import('./commands/requests.ts')).addRequestCommands,
  attempt: async () => (await import('./commands/attempts.ts')).addAttemptCommands,
  job: async () => (await import('./commands/jobs.ts')).addJobCommands,
  crl: async () => (await import('./commands/crls.ts')).addCrlCommands,
  admin: async () => (await import('./commands/administrators.ts')).addAdministratorCommands,
  'setup-link': async () => (await import('./commands/setup-link.ts')).addSetupLinkCommand,
  ca: async () => (await import('./commands/authorities.ts')).addAuthorityCommands,
  profile: async () => (await import('./commands/profiles.ts')).addProfileCommands,
  key: async () => (await import('./commands/keys.ts')).addKeyCommands,
  scep: async () => (await import('./commands/scep.ts')).addScepCommands,
  config: async () => (await import('./commands/config.ts')).addConfigCommands,
  explain: async () => (await import('./commands/explain.ts')).addExplainCommand,
  version: async () => (await import('./commands/version.ts')).addVersionCommand,
  completion: async () => (await import('./commands/completion.ts')).addCompletionCommand,
};

/** The program with every command that `args` can mean; with all of them for help, completion and slips of the pen. */
export async function createProgram(io: Io, args: readonly string[]): Promise<Command> {
  const program = new Command('touchmark');
  program
    .description('A private certificate authority for device fleets.')
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .option('--home <directory>', 'home of the service on this host (TOUCHMARK_HOME, ./.touchmark)')
    .option('--url <url>', 'administration listener of a service elsewhere (TOUCHMARK_URL)')
    .option('--token-file <file>', 'file with the API token (TOUCHMARK_TOKEN, TOUCHMARK_TOKEN_FILE)')
    .option('--ca-file <file>', 'root certificate of the service (TOUCHMARK_CA_FILE)')
    .addHelpText('after', exitCodeHelp);
  const named = Object.keys(loaders).filter((name) => args.includes(name));
  const wanted = named.length === 0 || named.includes('completion') ? Object.keys(loaders) : named;
  for (const name of wanted) (await loaders[name]?.())?.(program, io);
  return program;
}

const exitCodeHelp = `
Exit codes: 0 ok, 1 failed, 2 usage, 3 not found, 4 forbidden, 5 conflict, 6 refused by policy, 7 unreachable, 8 partly done,
9 pending: somebody has to approve it`;
