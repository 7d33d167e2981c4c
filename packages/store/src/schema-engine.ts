/** Prisma's schema engine inside this process: WebAssembly over a pool, no binary and no download. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import * as engineModule from '@prisma/schema-engine-wasm/schema_engine_bg';
import type { SchemaEngine } from '@prisma/schema-engine-wasm/schema_engine_bg';
import type pg from 'pg';

/** What the generated glue has besides its declared types. */
interface EngineModule {
  readonly SchemaEngine: typeof SchemaEngine;
  __wbg_set_wasm(exports: WebAssembly.Exports): void;
}

let loaded: Promise<EngineModule> | undefined;

async function load(): Promise<EngineModule> {
  // Where the engine leaves the reason of a panic; without it, only the lack of this place would be reported.
  Object.assign(globalThis, {
    PRISMA_WASM_PANIC_REGISTRY: {
      set_message: (text: string) => {
        throw new Error(text);
      },
    },
  });
  const module = engineModule as unknown as EngineModule;
  const path = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm');
  const compiled = await WebAssembly.compile(await readFile(join(dirname(path), 'schema_engine_bg.wasm')));
  const { exports } = await WebAssembly.instantiate(compiled, { './schema_engine_bg.js': glue() });
  module.__wbg_set_wasm(exports);
  (exports.__wbindgen_start as () => void)();
  return module;
}

/** The engine's imports. It leaves its time limits running, which must not keep a finished process alive. */
function glue(): WebAssembly.ModuleImports {
  const functions = Object.entries(engineModule as unknown as Record<string, (...args: unknown[]) => unknown>);
  return Object.fromEntries(
    functions.map(([name, call]) => [
      name,
      name.startsWith('__wbg_setTimeout_') ? (...args: unknown[]) => (call(...args) as NodeJS.Timeout).unref() : call,
    ]),
  );
}

export interface SchemaEngineOptions {
  /** Text of schema.prisma, where it is compared with the database. */
  readonly datamodel?: string;
  /** Told why a script failed; the engine itself only says that it did. */
  readonly onScriptError?: (error: unknown) => void;
}

/** @param pool its database is what `applyMigrations` and `diff` work on; the engine leaves locks behind in its sessions */
export async function openSchemaEngine(
  pool: pg.Pool,
  { datamodel, onScriptError = () => undefined }: SchemaEngineOptions = {},
): Promise<SchemaEngine> {
  loaded ??= load();
  const { SchemaEngine } = await loaded;
  const datamodels: [string, string][] | undefined =
    datamodel === undefined ? undefined : [['schema.prisma', datamodel]];
  const adapter = bindMigrationAwareSqlAdapterFactory(wholeScripts(pool, onScriptError));
  return SchemaEngine.new({ datamodels }, () => undefined, adapter);
}

/**
 * The adapter would split a script at each semicolon, also inside a function's body, and leave half of a failed one behind.
 * Sent whole, PostgreSQL parses it itself and runs it as one transaction. And the adapter does not know the type "char",
 * which the engine asks for wherever a table has a constraint.
 */
function wholeScripts(pool: pg.Pool, onScriptError: (error: unknown) => void): SqlMigrationAwareDriverAdapterFactory {
  const charColumns = new WeakMap<object, ReadonlySet<number>>();
  const factory = new PrismaPg(withoutCharType(pool, charColumns));
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    async connect() {
      const adapter = await factory.connect();
      const queryRaw = adapter.queryRaw.bind(adapter);
      adapter.queryRaw = async (query) => {
        const result = await queryRaw(query);
        const chars = charColumns.get(result.rows);
        const columnTypes = result.columnTypes.map((type, index) =>
          chars?.has(index) ? ColumnTypeEnum.Character : type,
        );
        return { ...result, columnTypes };
      };
      adapter.executeScript = async (script) => {
        try {
          await pool.query(script);
        } catch (error) {
          onScriptError(error);
          throw error;
        }
      };
      return adapter;
    },
    connectToShadowDb: () => factory.connectToShadowDb(),
  };
}

const charOid = 18;
const textOid = 25;

/** A view of the pool that reports "char" columns as text, and notes by result which ones they were. */
function withoutCharType(pool: pg.Pool, charColumns: WeakMap<object, ReadonlySet<number>>): pg.Pool {
  const query = async (config: pg.QueryArrayConfig): Promise<pg.QueryArrayResult> => {
    const result = await pool.query(config);
    const indexes = result.fields.flatMap(({ dataTypeID }, index) => (dataTypeID === charOid ? [index] : []));
    if (indexes.length > 0) charColumns.set(result.rows, new Set(indexes));
    for (const index of indexes) {
      const field = result.fields[index];
      if (field !== undefined) field.dataTypeID = textOid;
    }
    return result;
  };
  return new Proxy(pool, {
    get(target, key) {
      if (key === 'query') return query;
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
