/** The one door to the service's own code: loaded only by the commands that need it, and no more of it than they need. */
import type { LoadedConfiguration, SettingKey } from '@touchmark/server/configuration';
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { accessOptionsOf } from './command.ts';
import { CliFailure } from './failure.ts';
import { userPath } from './io.ts';
import type { Io } from './io.ts';

/** Secrets have no flags: a command line is read by everybody on the host; nor has what several programs share. `home` is a flag of every command. */
type FlagKey = Exclude<
  SettingKey,
  'home' | 'databaseUrl' | 'keyPassphrase' | 'pkcs11Tokens' | 'pkcs11Pin' | 'keyAliases'
>;

const flags: Readonly<Record<FlagKey, readonly [flag: string, meaning: string]>> = {
  publicListen: ['--public-listen <host:port>', 'plain HTTP: CRL, OCSP, AIA'],
  estListen: ['--est-listen <host:port>', 'EST over TLS'],
  adminListen: ['--admin-listen <host:port>', 'REST API over TLS'],
  metricsListen: ['--metrics-listen <host:port>', '/metrics, /healthz, /readyz'],
  publicUrl: ['--public-url <url>', 'base of the URLs written into certificates'],
  tlsNames: ['--tls-names <names>', 'further names and addresses of the TLS listeners, with commas'],
  roles: ['--role <roles>', 'what this process does: enroll, admin, status, worker'],
  organization: ['--organization <name>', 'the name in the subjects of the first authorities'],
  logLevel: ['--log-level <level>', 'fatal, error, warn, info, debug, trace, silent'],
};

/** The whole service: listeners, database, signing. */
export function loadServer(): Promise<typeof import('@touchmark/server')> {
  return import('@touchmark/server');
}

/** What reads the settings, and nothing of what they are for. */
export function loadConfigurationCode(): Promise<typeof import('@touchmark/server/configuration')> {
  return import('@touchmark/server/configuration');
}

/** Adds the flags of the service's settings. */
export function settingOptions(command: Command): Command {
  command.option('--config <file>', 'touchmark.yaml to read');
  for (const [flag, meaning] of Object.values(flags)) command.option(flag, meaning, notEmpty);
  return command;
}

/** Flags beat environment beats touchmark.yaml beats defaults. Throws a usage failure with every problem at once. */
export async function loadSettings(io: Io, command: Command): Promise<LoadedConfiguration> {
  const { loadConfiguration, ConfigurationError } = await loadConfigurationCode();
  const options = command.opts<Record<string, string | undefined>>();
  const given = Object.entries(flags).flatMap(([key, [flag]]) => {
    const value = options[attributeOf(flag)];
    return value === undefined ? [] : [[key, value] as const];
  });
  const { home } = accessOptionsOf(command);
  try {
    return loadConfiguration({
      env: io.env,
      cwd: io.cwd,
      flags: { ...Object.fromEntries(given), ...(home !== undefined && { home: userPath(io, home) }) },
      file: options.config === undefined ? undefined : userPath(io, options.config),
    });
  } catch (error) {
    if (error instanceof ConfigurationError) throw new CliFailure('usage', error.message);
    throw error;
  }
}

/** `--est-listen <…>` is `estListen`, as commander names it. */
function attributeOf(flag: string): string {
  const name = flag.slice(2).split(' ')[0] ?? '';
  return name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function notEmpty(value: string): string {
  if (value === '') throw new InvalidArgumentError('It is empty.');
  return value;
}
