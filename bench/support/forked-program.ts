/** A program of this directory in a process of its own, asked one thing at a time. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export type Answer<Result> = { readonly result: Result } | { readonly error: string };

export class ForkedProgram {
  readonly #child: ChildProcess;
  #settle: ((answer: Answer<unknown>) => void) | undefined;

  constructor(program: URL, execArgv: readonly string[] = []) {
    this.#child = fork(fileURLToPath(program), { execArgv: [...execArgv], serialization: 'advanced' });
    this.#child.on('message', (answer: Answer<unknown>) => this.#settle?.(answer));
    this.#child.on('exit', (code, signal) =>
      this.#settle?.({ error: `${program.pathname} ended (${code ?? signal ?? 'unknown'})` }),
    );
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async ask<Result>(question: object): Promise<Result> {
    const answer = await new Promise<Answer<unknown>>((resolve) => {
      this.#settle = resolve;
      this.#child.send(question);
    });
    this.#settle = undefined;
    if ('error' in answer) throw new Error(answer.error);
    return answer.result as Result;
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.disconnect();
    await exited;
  }
}

/**
 * The other side: answers each question, and ends with the parent.
 *
 * @param answer of a function of the questions that its parent asks; nobody else can ask any
 */
export function answerQuestions(answer: (question: never) => Promise<unknown>): void {
  const reply = (message: Answer<unknown>): void => void process.send?.(message);
  process.on('message', (question) => {
    answer(question as never).then(
      (result) => reply({ result }),
      (error: unknown) => reply({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  process.on('disconnect', () => process.exit(0));
}

/** Answers the question `{ kind: 'cpuSeconds' }` of every server under test. */
export function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
