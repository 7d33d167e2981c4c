/** A password for a file: from a file, or asked for twice without showing it; never from the command line. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { CliFailure } from './failure.ts';
import { readInput } from './files.ts';
import type { Io } from './io.ts';

const shortest = 8;

/** @param file its first line; undefined: the person at the terminal is asked */
export async function readPassword(io: Io, file: string | undefined): Promise<string> {
  const password = file === undefined ? await askTwice(io) : await readSecretLine(io, file);
  if (password.length < shortest) {
    throw new CliFailure('usage', `The password has fewer than ${shortest} characters.`, {
      hint: 'The file will travel: whoever has it can try passwords as fast as they like.',
    });
  }
  return password;
}

/** The first line of a file, or of standard input for `-`. */
export async function readSecretLine(io: Io, file: string): Promise<string> {
  const bytes = await readInput(io, file);
  return Buffer.from(bytes).toString('utf8').split(/\r?\n/, 1)[0] ?? '';
}

async function askTwice(io: Io): Promise<string> {
  if (!io.stdin.isTTY || !io.stderr.isTTY) {
    throw new CliFailure('usage', 'The file needs a password, and there is no terminal to ask for it.', {
      hint: 'Give --password-file FILE.',
    });
  }
  const password = await askHidden(io, 'Password for the file: ');
  if ((await askHidden(io, 'The same again: ')) === password) return password;
  throw new CliFailure('usage', 'These were two different passwords.', { hint: 'Nothing was done: try again.' });
}

async function askHidden(io: Io, question: string): Promise<string> {
  io.stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const prompt = createInterface({ input: io.stdin, output: nowhere, terminal: true });
  const interrupted = new Promise<never>((_, reject) => {
    prompt.once('SIGINT', () => reject(new CliFailure('failed', 'Nothing was done.')));
  });
  try {
    return await Promise.race([prompt.question(''), interrupted]);
  } finally {
    prompt.close();
    io.stderr.write('\n');
  }
}
