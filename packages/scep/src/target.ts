/** Which operation of which endpoint is asked (RFC 8894 §4.1). */
import { refuse } from './refusal.ts';
import type { Refusal } from './refusal.ts';

/** Wire names of RFC 8894 §4.2 to §4.7, and the methods they take. */
export const scepOperations = {
  GetCACaps: ['GET', 'HEAD'],
  GetCACert: ['GET', 'HEAD'],
  GetNextCACert: ['GET', 'HEAD'],
  PKIOperation: ['GET', 'POST'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type ScepOperation = keyof typeof scepOperations;

/** Clients put `/pkiclient.exe`, and old ones `/cgi-bin/pkiclient.exe`, behind whatever URL they are given. */
const scepPath = /^\/scep\/(?<label>[^/]+?)(?:(?:\/cgi-bin)?\/pkiclient\.exe)?\/?$/i;
/** Unreserved characters (RFC 3986 §2.3): such a label looks the same in every client and log. */
const labelPattern = /^[A-Za-z0-9._~-]{1,64}$/;

/** Where an endpoint is: what a client puts behind the base URL of the service. */
export function scepPathOf(label: string): string {
  return `/scep/${label}`;
}

/** Whether SCEP is asked at all; other paths are none of its business and leave no attempt. */
export function isScepPath(path: string): boolean {
  return path === '/scep' || path.startsWith('/scep/');
}

/** Throws a 404 `Refusal`. */
export function parseLabel(path: string): string {
  const label = percentDecode(scepPath.exec(path)?.groups?.label ?? '');
  if (!path.startsWith('/scep/') || label === undefined || !labelPattern.test(label)) throw unknownEndpoint();
  return label;
}

/** Throws a 400 `Refusal`. What else is in the query is left alone: CAIdentifier, profile names, numbers. */
export function parseOperation(rawQuery: string | undefined): ScepOperation {
  const [operation, ...others] = valuesOf(rawQuery, 'operation').map(percentDecode);
  if (operation === undefined || !isOperation(operation) || others.length > 0) {
    throw refuse(
      400,
      'operationNotSupported',
      `The query must have one parameter "operation", which is one of ${Object.keys(scepOperations).join(', ')}.`,
    );
  }
  return operation;
}

/** As they were sent, percent-encoded, in order. */
export function valuesOf(rawQuery: string | undefined, name: string): string[] {
  const prefix = `${name}=`;
  return (rawQuery ?? '')
    .split('&')
    .filter((parameter) => parameter.startsWith(prefix))
    .map((parameter) => parameter.slice(prefix.length));
}

/** A `+` stays one, unlike in a form. Undefined: it is not well-formed. */
export function percentDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

export function unknownEndpoint(): Refusal {
  return refuse(404, 'endpointUnknown', 'There is no such SCEP endpoint. Check the label in the URL.');
}

function isOperation(name: string): name is ScepOperation {
  return Object.hasOwn(scepOperations, name);
}
