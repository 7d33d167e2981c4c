/** /metrics, /healthz and /readyz on their own listener. */
import { createRouter } from '@touchmark/http';
import type { HttpHandler, HttpResponse } from '@touchmark/http';
import type { Metrics } from './metrics.ts';
import type { Readiness } from './readiness.ts';

/** A service that is not running is not ready, whatever its checks say. */
export type Phase = 'starting' | 'running' | 'stopping';

export function createMetricsHandler(metrics: Metrics, readiness: Readiness, phase: () => Phase): HttpHandler {
  return createRouter([
    {
      method: 'GET',
      pattern: '/metrics',
      handler: async () => ({
        status: 200,
        headers: [['Content-Type', metrics.registry.contentType]],
        body: await metrics.text(),
      }),
    },
    { method: 'GET', pattern: '/healthz', handler: async () => json(200, { status: 'ok' }) },
    {
      method: 'GET',
      pattern: '/readyz',
      handler: async () => {
        const checks = await readiness.run();
        for (const check of checks) metrics.ready(check.name, check.ok);
        const running = phase() === 'running';
        const ready = running && checks.every((check) => check.ok);
        return json(ready ? 200 : 503, { status: ready ? 'ready' : running ? 'notReady' : phase(), checks });
      },
    },
  ]);
}

function json(status: number, value: unknown): HttpResponse {
  return {
    status,
    headers: [
      ['Content-Type', 'application/json'],
      ['Cache-Control', 'no-store'],
    ],
    body: `${JSON.stringify(value, null, 2)}\n`,
  };
}
