/** The `touchmark` command; bin/touchmark.js begins it. */
import '../bin/node-version.js';
import { run } from './run.ts';

const { stdin, stdout, stderr, env } = process;

// `touchmark cert list | head` ends when head has enough.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

// Not process.exit: what was written to a pipe must still go out.
process.exitCode = await run(process.argv.slice(2), { stdin, stdout, stderr, env, cwd: process.cwd() });
