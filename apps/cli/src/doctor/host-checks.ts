/** What can be told without the service: the program, the configuration, the files of the home. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { readFirstRun } from '../access.ts';
import { messageOf } from '../failure.ts';
import { loadSettings } from '../server.ts';
import { failed, ok, skipped, warning } from './finding.ts';
import type { Check, Finding } from './finding.ts';

/** The first version that runs the sources as they are and has all of `node:crypto` that is used. */
const neededNode = 24;

export const hostChecks: readonly Check[] = [
  {
    name: 'Node',
    run: async () => {
      const { node } = process.versions;
      if (Number(node.split('.')[0]) >= neededNode) return ok(`version ${node}`);
      return failed(`version ${node}`, `Use Node ${neededNode}: npx pnpm touchmark brings it along.`);
    },
  },
  {
    name: 'configuration',
    run: async ({ io }) => {
      try {
        const { file } = await loadSettings(io, new Command());
        return ok(file ?? 'environment and defaults');
      } catch (error) {
        return failed(
          messageOf(error),
          'Mend the settings named above; touchmark config print shows what is in force.',
        );
      }
    },
  },
  { name: 'home', run: async ({ home }) => (home === undefined ? elsewhere() : checkHome(home)) },
  { name: 'files', run: async ({ home }) => (home === undefined ? elsewhere() : checkFiles(home)) },
];

function elsewhere(): Finding {
  return skipped('the service is on another host');
}

function checkHome(home: string): Finding {
  if (!existsSync(home)) return failed(`${home} is not there`, 'Start the service once, or set TOUCHMARK_HOME.');
  const { mode } = statSync(home);
  // 0711 lets the user of the embedded PostgreSQL pass through to its own directory.
  if ((mode & 0o066) !== 0) return failed(`${home} has mode ${octal(mode)}`, `chmod 711 ${home}`);
  try {
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return failed(`${home} cannot be written by this user`, 'Run as the user that owns it.');
  }
  return ok(`${home}, mode ${octal(mode)}`);
}

function checkFiles(home: string): Finding {
  const firstRun = readFirstRun(home);
  const secrets = ['first-run.json', firstRun.adminKeyFile, 'key-passphrase', 'key-passphrase.next'].map((file) =>
    join(home, file),
  );
  const there = secrets.filter((path) => existsSync(path));
  const open = there.filter((path) => (statSync(path).mode & 0o077) !== 0);
  if (open.length > 0) return failed(`others can read ${open.join(', ')}`, `chmod 600 ${open.join(' ')}`);
  const missing = [firstRun.adminCertificateFile, firstRun.adminKeyFile, firstRun.rootCertificateFile].filter(
    (file) => !existsSync(join(home, file)),
  );
  if (missing.length > 0)
    return warning(`${missing.join(', ')} missing in ${home}`, 'Restore it from the backup, or use an API token.');
  return ok(`${there.length} secret files, readable by their owner only`);
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0');
}
