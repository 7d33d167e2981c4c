/** The OpenAPI 3.1 document of a route table, with zod's own JSON Schema. */
import { z } from 'zod';
import { Problem } from './problem.ts';
import type { Access } from './roles.ts';
import type { Route, Success } from './route.ts';

type Json = Record<string, unknown>;

/** OpenAPI 3.1 takes JSON Schema 2020-12 as it is. Named schemas go to `components`. */
export function describeApi(routes: readonly Route[], prefix: string): Json {
  const schemas: Json = {};
  const paths: Record<string, Json> = {};
  const describeOutput = (schema: z.ZodType): Json => collect(toJsonSchema(schema, 'output'), schemas);
  for (const route of routes) {
    const path = (paths[`${prefix}${route.path}`] ??= {});
    path[route.method.toLowerCase()] = describeRoute(route, describeOutput);
  }
  describeOutput(Problem);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Touchmark administration',
      version: '1',
      description:
        'A private certificate authority for device fleets. Errors are RFC 9457 problem details with a stable `code`.',
    },
    security: [{ clientCertificate: [] }, { apiToken: [] }],
    paths,
    components: {
      schemas,
      securitySchemes: {
        clientCertificate: { type: 'mutualTLS', description: 'The certificate of an administrator' },
        apiToken: { type: 'http', scheme: 'bearer', description: 'An API token' },
      },
    },
  };
}

function describeRoute(route: Route, describeOutput: (schema: z.ZodType) => Json): Json {
  const parameters = [
    ...parametersOf(route.params, 'path'),
    ...parametersOf(route.query, 'query'),
    ...(route.idempotencyKey === undefined ? [] : [idempotencyParameter(route.idempotencyKey)]),
    ...(route.ifMatch === undefined ? [] : [ifMatchParameter]),
  ];
  return {
    operationId: route.name,
    summary: route.summary,
    tags: [route.tag],
    ...(route.access.kind === 'public' && { security: [] }),
    'x-touchmark-access': describeAccess(route.access),
    ...(parameters.length > 0 && { parameters }),
    ...(route.body !== undefined && {
      requestBody: { required: true, content: { 'application/json': { schema: toJsonSchema(route.body, 'input') } } },
    }),
    responses: {
      [route.success.kind === 'json' ? route.success.status : route.success.kind === 'bytes' ? 200 : 204]:
        describeSuccess(route.success, describeOutput),
      default: {
        description: 'A problem',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

function describeSuccess(success: Success, describeOutput: (schema: z.ZodType) => Json): Json {
  const { description } = success;
  switch (success.kind) {
    case 'json':
      return { description, content: { 'application/json': { schema: describeOutput(success.schema) } } };
    case 'bytes':
      return { description, content: { [success.contentType]: {} } };
    case 'empty':
      return { description };
  }
}

function describeAccess(access: Access): string {
  switch (access.kind) {
    case 'public':
    case 'authenticated':
      return access.kind;
    case 'read':
      return `${access.role} or above, auditor`;
    case 'act':
      return `${access.role} or above`;
    case 'report':
      return 'reporter, operator or above';
  }
}

function parametersOf(schema: z.ZodObject | undefined, place: 'path' | 'query'): Json[] {
  return Object.entries(schema?.shape ?? {}).map(([name, member]) => {
    const { description, ...rest } = toJsonSchema(member as z.ZodType, 'input');
    return {
      name,
      in: place,
      required: place === 'path',
      ...(description !== undefined && { description }),
      schema: rest,
    };
  });
}

function idempotencyParameter(description: string): Json {
  return {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description,
    schema: { type: 'string', maxLength: 128 },
  };
}

const ifMatchParameter: Json = {
  name: 'If-Match',
  in: 'header',
  required: true,
  description: 'The ETag of the state that is changed, or *',
  schema: { type: 'string', maxLength: 16 },
};

function toJsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, reused: 'inline', unrepresentable: 'any' });
  return rest;
}

/** Moves `$defs` to `components/schemas` and points the references there. */
function collect(schema: Json, schemas: Json): Json {
  const { $defs, ...rest } = schema;
  for (const [name, definition] of Object.entries($defs ?? {})) schemas[name] = repoint(definition);
  return repoint(rest) as Json;
}

function repoint(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(repoint);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) =>
      key === '$ref' && typeof inner === 'string'
        ? [key, inner.replace('#/$defs/', '#/components/schemas/')]
        : [key, repoint(inner)],
    ),
  );
}
