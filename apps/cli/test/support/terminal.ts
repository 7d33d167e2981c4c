/** A terminal in memory, for what the command does only before a person. */
import { PassThrough } from 'node:stream';
import { run } from '../../src/index.ts';
import type { Io } from '../../src/index.ts';
import { parseJson } from './cli.ts';
import type { Outcome } from './cli.ts';

export interface Terminal {
  readonly io: Io;
  readonly stdout: () => string;
  readonly stderr: () => string;
  type(text: string): void;
}

export function createTerminal({
  columns = 80,
  tty = true,
  env = {},
}: {
  columns?: number;
  tty?: boolean;
  env?: Record<string, string>;
}): Terminal {
  const stdin = Object.assign(new PassThrough(), { isTTY: tty });
  const output = () => {
    const chunks: string[] = [];
    const stream = Object.assign(new PassThrough(), {
      isTTY: tty,
      columns,
      hasColors: () => tty,
      getColorDepth: () => (tty ? 8 : 1),
    });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString('utf8')));
    return { stream: stream as unknown as NodeJS.WriteStream, text: () => chunks.join('') };
  };
  const out = output();
  const err = output();
  return {
    io: {
      stdin: stdin as unknown as NodeJS.ReadStream,
      stdout: out.stream,
      stderr: err.stream,
      env,
      cwd: process.cwd(),
      endWith: () => undefined,
    },
    stdout: out.text,
    stderr: err.text,
    type: (text) => void stdin.write(text),
  };
}

/** The command in this process, its output in a pipe. */
export async function runInProcess(args: readonly string[], env: Record<string, string>): Promise<Outcome> {
  const pipe = createTerminal({ tty: false, env });
  const code = await run(args, pipe.io);
  const stdout = pipe.stdout();
  return { code, stdout, stderr: pipe.stderr(), json: parseJson(stdout) };
}
