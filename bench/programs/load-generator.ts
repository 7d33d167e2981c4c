/** The load: runs in a process of its own, so that its CPU is not taken for the server's. */
import { createSecureContext } from 'node:tls';
import type { SecureContext } from 'node:tls';
import { answerQuestions } from '../support/forked-program.ts';
import { HttpConnection } from '../support/http-connection.ts';
import type { LoadPlan, LoadResult } from '../support/load.ts';

type Question = { readonly kind: 'prepare'; readonly plan: LoadPlan } | { readonly kind: 'go' };

let run: (() => Promise<LoadResult>) | undefined;

answerQuestions(async (question: Question) => {
  switch (question.kind) {
    case 'prepare':
      run = await prepare(question.plan);
      return undefined;
    case 'go': {
      if (run === undefined) throw new Error('There is no plan.');
      return run();
    }
  }
});

async function prepare(plan: LoadPlan): Promise<() => Promise<LoadResult>> {
  const url = new URL(plan.url);
  const contexts = secureContextsOf(plan);
  const contextAt = (index: number): SecureContext | undefined => contexts?.[index % contexts.length];
  const connections = plan.connectionPerRequest
    ? []
    : await Promise.all(
        Array.from({ length: plan.concurrency }, (_, index) => HttpConnection.open(url, contextAt(index))),
      );

  return async () => {
    const latencies: number[] = [];
    const bodies: string[] = [];
    const deadline = performance.now() + plan.timeLimitSeconds * 1000;
    const send = async (index: number, connection: HttpConnection | undefined): Promise<void> => {
      const { message, credential = index } = plan.requests[index]!;
      const startedAt = performance.now();
      const own = connection ?? (await HttpConnection.open(url, contextAt(credential)));
      const { status, body } = await own.send(message);
      latencies.push(performance.now() - startedAt);
      if (connection === undefined) own.close();
      if (status !== 200) throw new Error(`${url.href} answered ${status}: ${body}`);
      if (plan.keepBodies === true) bodies[index] = body;
    };
    const worker = async (_: unknown, first: number): Promise<void> => {
      for (let index = first; index < plan.requests.length; index += plan.concurrency) {
        if (performance.now() > deadline) return;
        await send(index, connections[first]);
      }
    };
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: plan.concurrency }, worker));
    const wallSeconds = (performance.now() - startedAt) / 1000;
    for (const connection of connections) connection.close();
    return { count: latencies.length, wallSeconds, latency: percentiles(latencies), bodies };
  };
}

/** One per credential; made before the clock starts, since parsing keys is dear. */
function secureContextsOf({ url, caPem, credentials }: LoadPlan): SecureContext[] | undefined {
  if (!url.startsWith('https:')) return undefined;
  if (credentials.length === 0) return [createSecureContext({ ca: caPem })];
  return credentials.map(({ certificatePem, privateKeyPem }) =>
    createSecureContext({ ca: caPem, cert: certificatePem, key: privateKeyPem }),
  );
}

function percentiles(values: readonly number[]): LoadResult['latency'] {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}
