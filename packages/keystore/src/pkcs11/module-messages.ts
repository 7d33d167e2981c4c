/** What goes over the channel to the process that holds a module. */
import type { TokenCommandName, TokenFaultCode } from './token-commands.ts';

export interface ModuleRequest {
  readonly number: number;
  readonly command: TokenCommandName;
  readonly request: unknown;
}

export type ModuleReply =
  | { readonly number: number; readonly kind: 'done'; readonly result: unknown }
  | { readonly number: number; readonly kind: 'refused'; readonly functionName: string; readonly returnValue: string }
  | { readonly number: number; readonly kind: 'fault'; readonly code: TokenFaultCode; readonly message: string };
