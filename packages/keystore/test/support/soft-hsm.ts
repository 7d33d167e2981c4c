/** A token of SoftHSM 2 in a directory of its own: the real module, for tests. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requiredProgram } from '../../../../test/support/programs.ts';

const modulePaths = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib64/softhsm/libsofthsm.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
  '/opt/homebrew/lib/softhsm/libsofthsm2.so',
];

export interface SoftHsm {
  readonly modulePath: string;
  readonly pin: string;
  /** For SOFTHSM2_CONF. */
  readonly configurationFile: string;
  /** Makes one more token. */
  initToken(label: string): void;
  /** The tokens are gone, as if they were pulled out; until `plugIn`. */
  unplug(): void;
  plugIn(): void;
  remove(): void;
}

/** Sets SOFTHSM2_CONF of this process: the module reads it, here and in the processes that are started from here. */
export function createSoftHsm(label: string): SoftHsm {
  const directory = mkdtempSync(join(tmpdir(), 'touchmark-softhsm-'));
  const tokens = join(directory, 'tokens');
  const away = join(directory, 'away');
  mkdirSync(tokens, { mode: 0o700 });
  const configurationFile = join(directory, 'softhsm2.conf');
  writeFileSync(configurationFile, `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`);
  process.env.SOFTHSM2_CONF = configurationFile;
  const modulePath = modulePaths.find((path) => existsSync(path));
  if (modulePath === undefined) throw new Error('softhsm2-util is installed, but its module is in no known place');
  const pin = '739154';
  const initToken = (name: string): void => {
    execFileSync(
      requiredProgram('softhsm2-util'),
      ['--init-token', '--free', '--label', name, '--pin', pin, '--so-pin', '55512345'],
      { env: { ...process.env, SOFTHSM2_CONF: configurationFile }, stdio: 'pipe' },
    );
  };
  initToken(label);
  return {
    modulePath,
    pin,
    configurationFile,
    initToken,
    unplug() {
      renameSync(tokens, away);
      mkdirSync(tokens, { mode: 0o700 });
    },
    plugIn() {
      rmSync(tokens, { recursive: true });
      renameSync(away, tokens);
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
