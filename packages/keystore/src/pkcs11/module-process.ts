/** The process that holds a PKCS #11 module: native code of somebody else, whose crash must not take the service along. */
import { serveTokenHost } from './serve-token-host.ts';
import { createTokenHost } from './token-host.ts';

serveTokenHost(createTokenHost());
