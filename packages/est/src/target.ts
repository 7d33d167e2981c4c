/** Which operation of which endpoint a path names (RFC 7030 §3.2.2). */
import { refuse } from './refusal.ts';
import type { Refusal } from './refusal.ts';

/** Wire names of RFC 7030 §3.2.2. */
export const estOperations = {
  cacerts: 'GET',
  csrattrs: 'GET',
  simpleenroll: 'POST',
  simplereenroll: 'POST',
  serverkeygen: 'POST',
  fullcmc: 'POST',
} as const;

export type EstOperation = keyof typeof estOperations;

export interface EstTarget {
  readonly operation: EstOperation;
  /** Undefined when the path has none. */
  readonly label: string | undefined;
}

const estPath = /^\/\.well-known\/est(?:\/(?<label>[^/]+))?\/(?<operation>[^/]+)\/?$/;
/** Unreserved characters (RFC 3986 §2.3): such a label looks the same in every client and log. */
const labelPattern = /^[A-Za-z0-9._~-]{1,64}$/;

/** Where the operations of an endpoint are (RFC 7030 §3.2.2): what a client puts behind the base URL of the service. */
export function estPathOf(label: string): string {
  return `/.well-known/est/${label}`;
}

/** Whether EST is asked at all; other paths are none of its business and leave no attempt. */
export function isEstPath(path: string): boolean {
  return path === '/.well-known/est' || path.startsWith('/.well-known/est/');
}

/** Throws a 404 `Refusal`. A label that is the name of an operation does not exist: the path would have two meanings. */
export function parseTarget(path: string): EstTarget {
  const groups = estPath.exec(path)?.groups;
  const operation = groups?.operation;
  if (operation === undefined || !isOperation(operation)) {
    throw refuse(
      404,
      'notFound',
      `There is no such EST operation: ${Object.keys(estOperations).join(', ')} are known.`,
    );
  }
  const rawLabel = groups?.label;
  if (rawLabel === undefined) return { operation, label: undefined };
  const label = percentDecode(rawLabel);
  if (!labelPattern.test(label) || isOperation(label)) throw unknownEndpoint();
  return { operation, label };
}

export function unknownEndpoint(): Refusal {
  return refuse(404, 'endpointUnknown', 'There is no such EST endpoint. Check the label in the URL.');
}

function isOperation(name: string): name is EstOperation {
  return Object.hasOwn(estOperations, name);
}

function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
