/** Writes the Prisma client into packages/store/src/generated; runs at install, without the network. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** `prisma generate` insists on a schema engine and would download one, but never runs it: any harmless program will do. */
function harmlessProgram(): string {
  const candidates = ['/bin/true', '/usr/bin/true', process.execPath];
  return candidates.find((path) => existsSync(path)) ?? process.execPath;
}

const prisma = join(root, 'packages/store/node_modules/prisma/build/index.js');
const result = spawnSync(
  process.execPath,
  [prisma, 'generate', '--schema', join(root, 'prisma/schema.prisma'), '--no-hints'],
  {
    cwd: root,
    encoding: 'utf8',
    env: {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: harmlessProgram(),
      CHECKPOINT_DISABLE: '1',
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      NO_COLOR: '1',
    },
  },
);
if (result.status !== 0) {
  console.error('prisma generate failed; the store cannot be used without its client.');
  console.error(result.stdout, result.stderr, result.error?.message ?? '');
  process.exitCode = 1;
}
