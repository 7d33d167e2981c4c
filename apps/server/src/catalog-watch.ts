/** Takes up what other nodes, or this one, have changed in the catalog. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Catalog } from '@touchmark/ca';
import type { Logger } from './logger.ts';

/**
 * Asking is a look at one row, which goes through any connection pooler; LISTEN would need a session of its own, and would
 * still have to ask after each time that it lost it.
 */
const intervalMilliseconds = 500;

/** Looks twice a second; returns what ends it. */
export function watchCatalog(catalog: Catalog, logger: Logger): () => Promise<void> {
  const ending = new AbortController();
  const watching = watch(catalog, logger, ending.signal);
  return async () => {
    ending.abort();
    await watching;
  };
}

async function watch(catalog: Catalog, logger: Logger, ending: AbortSignal): Promise<void> {
  let failing = false;
  while (await pause(ending)) {
    try {
      if (await catalog.refresh())
        logger.info({ event: 'catalog.loaded' }, 'authorities, endpoints and profiles loaded');
      failing = false;
    } catch (error) {
      // What was loaded stays in force. Once is enough: the readiness checks tell the rest.
      if (!failing) logger.error({ event: 'catalog.failed', error }, 'changes cannot be taken up at the moment');
      failing = true;
    }
  }
}

/** False when it is to end. */
async function pause(ending: AbortSignal): Promise<boolean> {
  return sleep(intervalMilliseconds, true, { signal: ending }).catch(() => false);
}
