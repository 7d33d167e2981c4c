/** A handler that can be put in place after its listener has started: until then it says that the service is starting. */
import { problem } from '@touchmark/http';
import type { HttpHandler } from '@touchmark/http';

export class DeferredHandler {
  #handler: HttpHandler | undefined;

  set(handler: HttpHandler): void {
    this.#handler = handler;
  }

  readonly handle: HttpHandler = async (request) =>
    this.#handler === undefined
      ? problem({
          status: 503,
          code: 'starting',
          detail: 'The service is starting. Try again in a few seconds.',
          requestId: request.id,
          headers: [['Retry-After', '5']],
        })
      : this.#handler(request);
}
