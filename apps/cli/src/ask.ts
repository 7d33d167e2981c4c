/** Questions to the person at the terminal; a script is never asked. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { CliFailure } from './failure.ts';
import type { Io } from './io.ts';

/** Throws when the person says no. Without a terminal, or with `--yes`, the command line was the answer. */
export async function confirm(io: Io, question: string, yes: boolean): Promise<void> {
  if (yes || !io.stdin.isTTY || !io.stderr.isTTY) return;
  const prompt = createInterface({ input: io.stdin, output: io.stderr });
  try {
    const answer = await prompt.question(`${question} [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw new CliFailure('failed', 'Nothing was done.');
  } finally {
    prompt.close();
  }
}

/** A text that the person types. Without a terminal it must come with the command line. */
export async function askFor(io: Io, question: string, flag: string): Promise<string> {
  if (!io.stdin.isTTY || !io.stderr.isTTY) throw new CliFailure('usage', `Without a terminal this needs ${flag}.`);
  const prompt = createInterface({ input: io.stdin, output: io.stderr });
  try {
    return (await prompt.question(`${question} `)).trim();
  } finally {
    prompt.close();
  }
}

/** What is typed and not shown; undefined without a terminal. Ctrl-C throws. */
export async function askSecret(io: Io, question: string): Promise<string | undefined> {
  if (!io.stdin.isTTY || !io.stderr.isTTY) return undefined;
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const prompt = createInterface({ input: io.stdin, output: silent, terminal: true });
  io.stderr.write(question);
  try {
    return await new Promise<string>((resolve, reject) => {
      prompt.once('SIGINT', () => reject(new CliFailure('failed', 'Nothing was done.')));
      prompt.question('').then(resolve, reject);
    });
  } finally {
    prompt.close();
    io.stderr.write('\n');
  }
}
