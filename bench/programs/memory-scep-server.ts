/** The plain listener of the service with SCEP alone, with the same metrics and logging, over a registry in memory. */
import { createLogger } from '../../apps/server/src/logger.ts';
import { Listeners } from '../../apps/server/src/listeners.ts';
import { Metrics } from '../../apps/server/src/metrics.ts';
import { answerQuestions, ownCpuSeconds } from '../support/forked-program.ts';
import type { StartedServer } from '../support/measured-server.ts';
import { createMemoryScep } from '../support/memory-scep.ts';

type Question = { readonly kind: 'start' } | { readonly kind: 'cpuSeconds' };

answerQuestions(async (question: Question) => {
  switch (question.kind) {
    case 'start':
      return start();
    case 'cpuSeconds':
      return ownCpuSeconds();
  }
});

async function start(): Promise<StartedServer> {
  const { memory, newHandler } = await createMemoryScep();
  const listeners = new Listeners(new Metrics(), createLogger('warn'));
  const { url } = await listeners.openPlain(
    'public',
    'port',
    { host: '127.0.0.1', port: 0 },
    { handler: newHandler() },
  );
  return { url, caPem: '', secret: memory.secret };
}
