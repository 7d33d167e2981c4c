/** Runs one command line: every outcome is an exit code, every failure a sentence on stderr. */
import { CommanderError } from 'commander';
import { CliFailure, exitCode, messageOf } from './failure.ts';
import type { ExitCodeName } from './failure.ts';
import { paint, say } from './io.ts';
import type { Io, ProcessIo } from './io.ts';
import { printable } from './output/table.ts';
import { createProgram } from './program.ts';

/** `args` without the program's own name. Never throws. */
export async function run(args: readonly string[], world: ProcessIo): Promise<number> {
  let ended: ExitCodeName = 'ok';
  const io: Io = { ...world, endWith: (exit) => void (ended = exit) };
  try {
    const program = await createProgram(io, args);
    await program.parseAsync(args, { from: 'user' });
    return exitCode[ended];
  } catch (error) {
    // commander has written its own message, help or version by now.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
    return report(io, error);
  }
}

function report(io: Io, error: unknown): number {
  const failure = error instanceof CliFailure ? error : new CliFailure('failed', messageOf(error));
  const { hint, details } = failure.options;
  say(io, `${paint(io, io.stderr, 'red', 'error:')} ${failure.message.split('\n').map(printable).join('\n')}`);
  for (const detail of details ?? []) say(io, `  ${printable(detail)}`);
  if (hint !== undefined) say(io, `${paint(io, io.stderr, 'cyan', 'hint:')} ${printable(hint)}`);
  return exitCode[failure.exit];
}
