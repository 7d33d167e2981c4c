/** Runs a program to its end and keeps what it printed. */
import { spawn } from 'node:child_process';

export interface RunResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly stdoutBytes: Buffer;
}

export interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
  /** In the place of ours. */
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMilliseconds?: number;
}

export async function run(program: string, words: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const child = spawn(program, words, {
    cwd: options.cwd,
    env: options.env,
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: options.timeoutMilliseconds ?? 30_000,
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input);
  const code = await new Promise<number | null>((done, fail) => {
    child.once('error', fail);
    child.once('close', done);
  });
  const stdoutBytes = Buffer.concat(stdout);
  return { code, stdout: stdoutBytes.toString(), stderr: Buffer.concat(stderr).toString(), stdoutBytes };
}

/** The same; throws unless it ended with 0. */
export async function runOk(program: string, words: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const result = await run(program, words, options);
  if (result.code !== 0)
    throw new Error(`${program} ${words.join(' ')} ended with ${result.code}:\n${result.stdout}\n${result.stderr}`);
  return result;
}

/** Asks again until the answer is not undefined. */
export async function eventually<T>(what: string, seconds: number, ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${seconds} s`);
    await new Promise((done) => setTimeout(done, 100));
  }
}
