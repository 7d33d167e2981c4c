/** Answers what comes over the channel of this process with what a token host does. */
import { CryptokiError } from './cryptoki.ts';
import type { ModuleReply, ModuleRequest } from './module-messages.ts';
import { TokenFault } from './token-commands.ts';
import type { TokenCommandName } from './token-commands.ts';
import type { TokenHost } from './token-host.ts';

export function serveTokenHost(host: TokenHost): void {
  // The service ends this process by closing the channel; a signal to the whole group is the service's to judge.
  process.on('SIGINT', () => undefined).on('SIGTERM', () => undefined);
  process.on('disconnect', () => {
    void host
      .close()
      .catch(() => undefined)
      .then(() => process.exit(0));
  });
  process.on('message', (message) => {
    void answer(host, message as ModuleRequest).then((reply) => process.send?.(reply));
  });
}

/** The service is the only one at the other end: requests are as its types say. */
function run(host: TokenHost, command: TokenCommandName, request: unknown): Promise<unknown> {
  const commands = host as Readonly<Record<TokenCommandName, (request: unknown) => Promise<unknown>>>;
  return commands[command](request);
}

async function answer(host: TokenHost, { number, command, request }: ModuleRequest): Promise<ModuleReply> {
  try {
    return { number, kind: 'done', result: await run(host, command, request) };
  } catch (error) {
    if (error instanceof CryptokiError) {
      const { functionName, returnValue } = error;
      return { number, kind: 'refused', functionName, returnValue };
    }
    if (error instanceof TokenFault) return { number, kind: 'fault', code: error.code, message: error.message };
    return {
      number,
      kind: 'fault',
      code: 'moduleUnusable',
      message: error instanceof Error ? error.message : 'failed',
    };
  }
}
