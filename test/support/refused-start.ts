/** Starts of a service that are to fail. */
import { once } from 'node:events';
import { Touchmark } from './touchmark.ts';

export interface RefusedStart {
  readonly code: number | null;
  readonly stdout: string;
  /** What the operator is told: without the log. */
  readonly words: string;
  readonly seconds: number;
}

/** Starts a process on the home, with changes to its environment, and waits for its end. */
export async function refusedStart(
  { home, ports }: Pick<Touchmark, 'home' | 'ports'>,
  environment: Record<string, string> = {},
): Promise<RefusedStart> {
  const startedAt = performance.now();
  const touchmark = new Touchmark(home, ports, environment);
  const child = touchmark.spawn();
  const timer = setTimeout(() => child.kill('SIGKILL'), 30_000);
  await once(child, 'close');
  clearTimeout(timer);
  return {
    code: child.exitCode,
    stdout: touchmark.stdout,
    words: touchmark.stderr
      .split('\n')
      .filter((line) => !line.startsWith('{'))
      .join('\n'),
    seconds: (performance.now() - startedAt) / 1000,
  };
}
