/** Text in the editor of the person at the terminal, as `git commit` does it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliFailure } from './failure.ts';
import type { Io } from './io.ts';

/** What became of the text; undefined when it was left as it is. */
export async function editText(io: Io, text: string, fileName: string): Promise<string | undefined> {
  const editor = io.env.VISUAL ?? io.env.EDITOR;
  if (editor === undefined || editor === '') {
    throw new CliFailure('usage', 'There is no editor to write with.', { hint: 'Set EDITOR, or give --file FILE.' });
  }
  const directory = mkdtempSync(join(tmpdir(), 'touchmark-edit-'));
  try {
    const path = join(directory, fileName);
    writeFileSync(path, text, { mode: 0o600 });
    // Editors are given with flags, as in EDITOR="code --wait": the shell takes them apart, the file stays one word.
    const child = spawn('sh', ['-c', `${editor} "$1"`, 'sh', path], { stdio: 'inherit', env: { ...io.env } });
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) throw new CliFailure('failed', `The editor ended with ${code ?? 'a signal'}; nothing was done.`);
    const edited = readFileSync(path, 'utf8');
    return edited === text ? undefined : edited;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
