/** The service's side of the process that holds a module. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CryptokiError } from './cryptoki.ts';
import type { ModuleReply } from './module-messages.ts';
import { TokenFault } from './token-commands.ts';
import type { TokenCommandName, TokenCommands } from './token-commands.ts';

export interface ModuleConnection extends TokenCommands {
  /** Ends the process; what it was doing is rejected. */
  close(): Promise<void>;
}

/** What a module does takes milliseconds, in a network a second; a key pair of RSA may take a minute. */
const secondsFor: Readonly<Record<TokenCommandName, number>> = {
  open: 30,
  findKeys: 15,
  generateKey: 180,
  destroyKey: 15,
  sign: 15,
};

const killAfterMilliseconds = 2000;

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

const moduleProcess = new URL('./module-process.ts', import.meta.url);

/**
 * Starts the process; the module is loaded by `open`.
 *
 * @param program by default the one that serves a token host and nothing else
 */
export function startModuleProcess(program: URL = moduleProcess): ModuleConnection {
  const child = fork(fileURLToPath(program), [], {
    execArgv: [],
    serialization: 'advanced',
    env: environment(),
    // A module may write where it likes; the service's own output is data.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const pending = new Map<number, Pending>();
  let lastNumber = 0;
  let ended = false;
  const end = (): void => {
    ended = true;
    for (const { reject } of pending.values()) reject(new TokenFault('processEnded', 'its process ended'));
    pending.clear();
  };
  child.once('exit', end).once('error', end);
  child.on('message', (message) => {
    const reply = message as ModuleReply;
    const asked = pending.get(reply.number);
    pending.delete(reply.number);
    if (pending.size === 0) rest(child);
    settle(asked, reply);
  });
  rest(child);

  const ask = async (command: TokenCommandName, request: unknown): Promise<unknown> => {
    if (ended) throw new TokenFault('processEnded', 'its process ended');
    lastNumber += 1;
    const number = lastNumber;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<unknown>((resolve, reject) => {
        pending.set(number, { resolve, reject });
        child.ref();
        child.channel?.ref();
        timer = setTimeout(() => {
          reject(new TokenFault('processEnded', `it did not answer within ${secondsFor[command]} seconds`));
          child.kill('SIGKILL');
        }, secondsFor[command] * 1000);
        child.send({ number, command, request }, (error) => {
          if (error !== null) reject(new TokenFault('processEnded', 'its process does not listen'));
        });
      });
    } finally {
      clearTimeout(timer);
      pending.delete(number);
    }
  };
  return {
    open: (request) => ask('open', request) as ReturnType<TokenCommands['open']>,
    findKeys: (selector) => ask('findKeys', selector) as ReturnType<TokenCommands['findKeys']>,
    generateKey: (request) => ask('generateKey', request) as ReturnType<TokenCommands['generateKey']>,
    destroyKey: (id) => ask('destroyKey', id) as ReturnType<TokenCommands['destroyKey']>,
    sign: (request) => ask('sign', request) as ReturnType<TokenCommands['sign']>,
    async close() {
      if (ended) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => child.kill('SIGKILL'), killAfterMilliseconds);
        child.once('exit', () => {
          clearTimeout(timer);
          resolve();
        });
        child.ref();
        if (child.connected) child.disconnect();
      });
    },
  };
}

/** Idle, it does not keep the service from ending. */
function rest(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
}

function settle(asked: Pending | undefined, reply: ModuleReply): void {
  switch (reply.kind) {
    case 'done':
      return asked?.resolve(reply.result);
    case 'refused':
      return asked?.reject(new CryptokiError(reply.functionName, reply.returnValue));
    case 'fault':
      return asked?.reject(new TokenFault(reply.code, reply.message));
  }
}

/** What modules look for in it (SOFTHSM2_CONF and its like), and none of the service's own secrets. */
function environment(): NodeJS.ProcessEnv {
  const own = /^(?:TOUCHMARK_|DATABASE_URL$|PG|NODE_OPTIONS$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}
