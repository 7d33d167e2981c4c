/** Set-up of a run of the tests: a directory in which its processes share what is made once. */
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export default function setUp(): void {
  const directory = mkdtempSync(join(tmpdir(), 'touchmark-tests-'));
  // The embedded PostgreSQL may run under an account of its own.
  chmodSync(directory, 0o755);
  process.env.TEST_RUN_DIRECTORY = directory;
  // The hundreds of processes that the tests start compile the same sources; Node checks what it finds against them.
  process.env.NODE_COMPILE_CACHE ??= resolve(import.meta.dirname, '../../node_modules/.cache/touchmark-tests');
}
