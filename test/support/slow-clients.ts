/** Clients that take their time: they hold connections open while others are served. */
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeRequest } from './est-request.ts';
import type { EstRequest } from './est-request.ts';
import { EstSocket, NoAnswerError } from './est-socket.ts';
import type { EstServer, WireAnswer } from './est-socket.ts';

export interface SlowOutcome {
  /** Undefined: the connection was closed without one. */
  readonly answer: WireAnswer | undefined;
  /** From the open connection to the answer or the end. */
  readonly seconds: number;
}

export class SlowClient {
  readonly outcome: Promise<SlowOutcome>;
  /** Whether the service is done with it. */
  settled = false;

  /** @param octets what the client sends, as it comes, with a pause before each part */
  constructor(server: EstServer, octets: Iterable<string | Uint8Array>, pauseMilliseconds: number) {
    this.outcome = this.#run(server, octets, pauseMilliseconds);
    this.outcome.catch(() => undefined);
  }

  async #run(server: EstServer, octets: Iterable<string | Uint8Array>, pause: number): Promise<SlowOutcome> {
    const socket = await EstSocket.open(server);
    const answered = socket.answer(90).then(
      (answer) => answer,
      (error: unknown) => {
        if (error instanceof NoAnswerError && socket.closedAt !== undefined) return undefined;
        throw error;
      },
    );
    const finished = answered.finally(() => {
      this.settled = true;
    });
    try {
      for (const part of octets) {
        if (this.#isSettled()) break;
        socket.write(part);
        await Promise.race([sleep(pause), finished]);
      }
      const answer = await finished;
      return { answer, seconds: socket.secondsOpen };
    } finally {
      socket.close();
    }
  }

  #isSettled(): boolean {
    return this.settled;
  }
}

/** A request line, and then fields for ever. */
export function* endlessFields(): Generator<string> {
  yield 'POST /.well-known/est/factory/simpleenroll HTTP/1.1\r\nHost: est.example.com\r\n';
  for (let number = 0; ; number++) yield `X-${number}: 1\r\n`;
}

/** A whole request but for its body, which comes octet by octet. */
export function* dribbledBody(request: EstRequest & { readonly body: Uint8Array }): Generator<Uint8Array> {
  const octets = encodeRequest(request);
  const start = octets.indexOf('\r\n\r\n') + 4;
  yield octets.subarray(0, start);
  for (let at = start; at < octets.length; at++) yield octets.subarray(at, at + 1);
}

/** Chunks without a last one. */
export function* endlessChunks(request: EstRequest, chunk: string): Generator<Uint8Array | string> {
  const fields = { ...request.fields, 'Content-Length': undefined, 'Transfer-Encoding': 'chunked' };
  yield encodeRequest({ ...request, body: '', fields });
  for (;;) yield `${chunk.length.toString(16)}\r\n${chunk}\r\n`;
}
