/** /metrics, /healthz and /readyz on their own listener. */
import { createRouter } from '@touchmark/http';
import type { HttpHandler, HttpResponse } from '@touchmark/http';
import type { Metrics } from './metrics.ts';
import type { Readiness } from './readiness.ts';

export function createMetricsHandler(metrics: Metrics, readiness: Readiness, isStopping: () => boolean): HttpHandler {
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
        const ready = checks.every((check) => check.ok) && !isStopping();
        return json(ready ? 200 : 503, { status: ready ? 'ready' : isStopping() ? 'stopping' : 'notReady', checks });
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
