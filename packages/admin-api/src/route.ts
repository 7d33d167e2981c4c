/** One route of the REST interface: everything the router, the role check and the OpenAPI document need to know of it. */
import { z } from 'zod';
import type { AdminServices } from './ports.ts';
import type { Access, Principal } from './roles.ts';
import { parseInput } from './validation.ts';

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** What a handler may know of its caller and its surroundings. */
export interface CallContext {
  readonly services: AdminServices;
  readonly now: () => Date;
  /** Undefined on public routes. */
  readonly principal: Principal | undefined;
  readonly remoteAddress: string;
  readonly requestId: string;
  /** The header field as sent, checked for form; undefined when absent or when the route does not take one. */
  readonly idempotencyKey: string | undefined;
  /** The revision in If-Match; undefined for `*` and on routes that take none. */
  readonly seenRevision: number | undefined;
  /** The URL of this request's path with other query parameters, for `Link`. */
  readonly linkTo: (parameters: Readonly<Record<string, string>>) => string;
}

export interface RawInput {
  readonly params: unknown;
  readonly query: unknown;
  /** Undefined when the route takes none. */
  readonly body: unknown;
}

export type Reply =
  | { readonly kind: 'json'; readonly status: number; readonly body: unknown; readonly headers: HeaderFields }
  | { readonly kind: 'bytes'; readonly contentType: string; readonly fileName: string; readonly body: Uint8Array }
  | { readonly kind: 'empty'; readonly status: 204 };

export type HeaderFields = Readonly<Record<string, string>>;

export type Success =
  | {
      readonly kind: 'json';
      readonly status: 200 | 201 | 202;
      readonly schema: z.ZodType;
      readonly description: string;
    }
  | { readonly kind: 'bytes'; readonly contentType: string; readonly description: string }
  | { readonly kind: 'empty'; readonly description: string };

/** A route as the table holds it. */
export interface Route {
  /** Stable; the OpenAPI operationId. */
  readonly name: string;
  readonly method: Method;
  /** With `{parameter}`s, below `/api/v1`. */
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  readonly access: Access;
  readonly params: z.ZodObject | undefined;
  readonly query: z.ZodObject | undefined;
  readonly body: z.ZodObject | undefined;
  /** Takes an `Idempotency-Key`; on other routes the header is refused rather than ignored. */
  readonly idempotencyKey: string | undefined;
  /** Needs an `If-Match`: what it does, as the subject of a sentence. */
  readonly ifMatch: string | undefined;
  readonly success: Success;
  /** Parses, then does. Called only after the access check. */
  readonly invoke: (input: RawInput, context: CallContext) => Promise<Reply>;
}

type ParsedOr<S extends z.ZodObject | undefined> = S extends z.ZodObject ? z.output<S> : undefined;

interface RouteDefinition<
  P extends z.ZodObject | undefined,
  Q extends z.ZodObject | undefined,
  B extends z.ZodObject | undefined,
> {
  readonly name: string;
  readonly method: Method;
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  readonly access: Access;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly idempotencyKey?: string;
  readonly ifMatch?: string;
}

interface Input<
  P extends z.ZodObject | undefined,
  Q extends z.ZodObject | undefined,
  B extends z.ZodObject | undefined,
> {
  readonly params: ParsedOr<P>;
  readonly query: ParsedOr<Q>;
  readonly body: ParsedOr<B>;
}

/** A route that answers with JSON. What the handler returns must fit the schema of the answer, by its type. */
export function jsonRoute<
  R extends z.ZodType,
  P extends z.ZodObject | undefined = undefined,
  Q extends z.ZodObject | undefined = undefined,
  B extends z.ZodObject | undefined = undefined,
>(
  definition: RouteDefinition<P, Q, B> & {
    readonly status?: 200 | 201 | 202;
    /** Where it is another than `status` for some answers. */
    readonly statusOf?: (answer: z.input<R>) => 200 | 201 | 202;
    readonly response: R;
    readonly description: string;
    readonly handle: (input: Input<P, Q, B>, context: CallContext) => Promise<z.input<R>>;
    /** Header fields that follow from the answer, e.g. Location. */
    readonly headers?: (answer: z.input<R>, context: CallContext) => HeaderFields;
  },
): Route {
  const status = definition.status ?? 200;
  return {
    ...common(definition),
    success: { kind: 'json', status, schema: definition.response, description: definition.description },
    invoke: async (raw, context) => {
      const body = await definition.handle(parseAll(definition, raw), context);
      return {
        kind: 'json',
        status: definition.statusOf?.(body) ?? status,
        body,
        headers: definition.headers?.(body, context) ?? {},
      };
    },
  };
}

/** A route that answers with a file. */
export function fileRoute<P extends z.ZodObject | undefined = undefined, Q extends z.ZodObject | undefined = undefined>(
  definition: RouteDefinition<P, Q, undefined> & {
    readonly contentType: string;
    readonly description: string;
    readonly handle: (
      input: Input<P, Q, undefined>,
      context: CallContext,
    ) => Promise<{ readonly fileName: string; readonly body: Uint8Array }>;
  },
): Route {
  const { contentType, description } = definition;
  return {
    ...common(definition),
    success: { kind: 'bytes', contentType, description },
    invoke: async (raw, context) => ({
      kind: 'bytes',
      contentType,
      ...(await definition.handle(parseAll(definition, raw), context)),
    }),
  };
}

/** A route that answers 204. */
export function emptyRoute<P extends z.ZodObject | undefined = undefined>(
  definition: RouteDefinition<P, undefined, undefined> & {
    readonly description: string;
    readonly handle: (input: Input<P, undefined, undefined>, context: CallContext) => Promise<void>;
  },
): Route {
  return {
    ...common(definition),
    success: { kind: 'empty', description: definition.description },
    invoke: async (raw, context) => {
      await definition.handle(parseAll(definition, raw), context);
      return { kind: 'empty', status: 204 };
    },
  };
}

function common<
  P extends z.ZodObject | undefined,
  Q extends z.ZodObject | undefined,
  B extends z.ZodObject | undefined,
>(definition: RouteDefinition<P, Q, B>): Omit<Route, 'success' | 'invoke'> {
  const { name, method, path, summary, tag, access, params, query, body, idempotencyKey, ifMatch } = definition;
  return { name, method, path, summary, tag, access, params, query, body, idempotencyKey, ifMatch };
}

function parseAll<
  P extends z.ZodObject | undefined,
  Q extends z.ZodObject | undefined,
  B extends z.ZodObject | undefined,
>(definition: RouteDefinition<P, Q, B>, raw: RawInput): Input<P, Q, B> {
  const params = definition.params === undefined ? undefined : parseInput(definition.params, raw.params, 'path');
  const query = parseInput(definition.query ?? noParameters, raw.query, 'query');
  const body = definition.body === undefined ? undefined : parseInput(definition.body, raw.body, 'body');
  // The conditional types of Input say per route what the three lines above do: parsed, or undefined.
  return { params, query: definition.query === undefined ? undefined : query, body } as Input<P, Q, B>;
}

const noParameters = z.strictObject({});
