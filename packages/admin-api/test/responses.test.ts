import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { Problem, openApiDocument, routes } from '../src/index.ts';
import { sampleOf } from './support/samples.ts';
import { createWorld, tokenOf } from './support/world.ts';
import type { Answer, World } from './support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

async function callSample(name: string, method: string): Promise<Answer> {
  const sample = await sampleOf(name, world);
  if (sample === undefined) throw new Error(`The route ${name} has no sample: write one.`);
  return world.call({ method, ...sample, token: tokenOf('administrator') });
}

type JsonSchema = Parameters<typeof z.fromJSONSchema>[0];

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: unknown;
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: JsonSchema }>> }>
  >;
}

/** As a stranger reads it: through JSON. */
interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}
const document = JSON.parse(JSON.stringify(openApiDocument())) as Document;

describe.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))('%s', (_, route) => {
  it('answers as its schema says', async () => {
    const answer = await callSample(route.name, route.method);
    const { success } = route;
    switch (success.kind) {
      case 'json':
        expect(answer.status).toBe(success.status);
        expect(answer.headers['content-type']).toMatch(/^application\/json\b/);
        expect(success.schema.safeParse(answer.json).error).toBeUndefined();
        break;
      case 'bytes':
        expect(answer.status).toBe(200);
        expect(answer.headers['content-type']).toBe(success.contentType);
        expect(answer.headers['content-disposition']).toMatch(/^attachment; filename="[\w.-]+"$/);
        expect(answer.bytes.length).toBeGreaterThan(100);
        break;
      case 'empty':
        expect(answer.status).toBe(204);
        expect(answer.text).toBe('');
    }
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.headers['touchmark-request']).toMatch(/^[a-z2-7]{16}$/);
  });

  it('answers as the OpenAPI document says, and the document knows its parameters', async () => {
    const operation = document.paths[`/api/v1${route.path}`]?.[route.method.toLowerCase()];
    expect(operation?.operationId).toBe(route.name);
    const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const parameters = operation?.parameters ?? [];
    expect(parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)).toEqual(inPath);
    expect(operation?.requestBody !== undefined).toBe(route.body !== undefined);
    const answer = await callSample(route.name, route.method);
    const described = operation?.responses[String(answer.status)];
    expect(described).toBeDefined();
    const schema = described?.content?.['application/json']?.schema;
    if (route.success.kind !== 'json') return;
    const reader = z.fromJSONSchema(withDefinitions(schema ?? false));
    expect(reader.safeParse(answer.json).error).toBeUndefined();
  });
});

describe('the OpenAPI document', () => {
  it('is 3.1 and every reference in it leads somewhere', () => {
    expect(document.openapi).toBe('3.1.0');
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(
      ([, reference]) => reference ?? '',
    );
    expect(references.length).toBeGreaterThan(routes.length);
    for (const reference of references) {
      expect(Object.keys(document.components.schemas)).toContain(reference.replace('#/components/schemas/', ''));
    }
  });

  it('describes exactly the routes of the table', () => {
    const described = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual(routes.map(({ method, path }) => `${method} /api/v1${path}`).sort());
  });

  it('is what the service serves', async () => {
    const answer = await world.call({ path: '/api/v1/openapi.json' });
    expect(answer.json).toEqual(document);
  });

  it('describes problems as they are', async () => {
    const answer = await world.call({ path: '/api/v1/devices?colour=red', token: tokenOf('viewer') });
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json\b/);
    expect(Problem.safeParse(answer.json).error).toBeUndefined();
    const reader = z.fromJSONSchema(document.components.schemas.Problem ?? {});
    expect(reader.safeParse(answer.json).error).toBeUndefined();
  });
});

/** zod follows references into `$defs` only. */
function withDefinitions(schema: JsonSchema): JsonSchema {
  const all = typeof schema === 'boolean' ? schema : { ...schema, $defs: document.components.schemas };
  return JSON.parse(JSON.stringify(all).replaceAll('#/components/schemas/', '#/$defs/')) as JsonSchema;
}
