/** The world as the command sees it: streams, environment, directory, how it ends; a test gives its own. */
import { resolve } from 'node:path';
import { styleText } from 'node:util';
import { CliFailure } from './failure.ts';
import type { ExitCodeName } from './failure.ts';

/** What a process has of it. */
export interface ProcessIo {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the process runs: the default home is below it. */
  readonly cwd: string;
}

export interface Io extends ProcessIo {
  /** The exit code of a command that does not fail, where it is not `ok`. */
  readonly endWith: (exit: ExitCodeName) => void;
}

export type Style = Parameters<typeof styleText>[0];

/** Data: what a script wants. */
export function writeData(io: Io, text: string): void {
  io.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** Data that is no text; a terminal would only be confused by it. */
export function writeBytes(io: Io, bytes: Uint8Array): void {
  if (io.stdout.isTTY) {
    throw new CliFailure('usage', 'This format is not for a terminal.', { hint: 'Redirect it: … > FILE' });
  }
  io.stdout.write(bytes);
}

/** Talk: what a person wants; on stderr, so that it never mixes with data. */
export function say(io: Io, text: string): void {
  io.stderr.write(`${text}\n`);
}

/** Next steps are for persons; a script that keeps its stderr is spared. */
export function suggestNext(io: Io, ...lines: readonly string[]): void {
  if (!io.stderr.isTTY) return;
  say(io, paint(io, io.stderr, 'dim', ['Next:', ...lines.map((line) => `  ${line}`)].join('\n')));
}

/** Colour on terminals only; NO_COLOR, NODE_DISABLE_COLORS and FORCE_COLOR as `util.styleText` takes them. */
export function paint(io: Io, stream: NodeJS.WriteStream, style: Style, text: string): string {
  if (io.env.NO_COLOR !== undefined && io.env.NO_COLOR !== '') return text;
  return styleText(style, text, { stream, validateStream: true });
}

/**
 * A file named by the user. `pnpm touchmark …` runs in the workspace root whatever directory it was typed in; pnpm
 * keeps that one in INIT_CWD.
 */
export function userPath(io: Io, path: string): string {
  const typedIn = io.env.npm_lifecycle_event === 'touchmark' ? io.env.INIT_CWD : undefined;
  return resolve(typedIn ?? io.cwd, path);
}
