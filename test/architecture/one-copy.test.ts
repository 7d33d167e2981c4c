/** Libraries with state at module level: two copies in the tree break parsing in ways that no type shows. */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { rootDirectory, workspacePackages } from './workspace.ts';

const lockfile = readFileSync(join(rootDirectory, 'pnpm-lock.yaml'), 'utf8');

/** asn1-schema keeps its registry of types, asn1js and reflect-metadata their classes and metadata, per copy. */
const singletons = ['@peculiar/asn1-schema', 'asn1js', 'reflect-metadata'];

describe.each(singletons)('%s', (singleton) => {
  it('is locked to one version', () => {
    const versions = new Set(
      [...lockfile.matchAll(/^ {2}'?((?:@[^/\s]+\/)?[^@\s']+)@([^:'(\s]+)[^:]*:$/gm)]
        .filter(([, name]) => name === singleton)
        .map(([, , version]) => version),
    );
    expect([...versions]).toHaveLength(1);
  });

  it('resolves to one directory from every package that reaches it', () => {
    expect([...copiesOf(singleton)]).toHaveLength(1);
  });
});

/** Real directories of a library, looked up from every package of the workspace and from all they depend on. */
function copiesOf(library: string): Set<string> {
  const copies = new Set<string>();
  const visited = new Set<string>();
  const visit = (directory: string): void => {
    if (visited.has(directory)) return;
    visited.add(directory);
    for (const dependency of dependenciesOf(directory)) {
      const found = findDependency(directory, dependency);
      if (found === undefined) continue;
      if (dependency === library) copies.add(found);
      visit(found);
    }
  };
  for (const { directory } of workspacePackages) visit(realpathSync(directory));
  return copies;
}

function dependenciesOf(directory: string): string[] {
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>;
    devDependencies?: Record<string, string>;
  };
  const development = directory.includes('node_modules') ? {} : manifest.devDependencies;
  return Object.keys({ ...manifest.dependencies, ...development });
}

/** As Node looks it up: the nearest node_modules upwards. */
function findDependency(from: string, dependency: string): string | undefined {
  const searched = createRequire(join(from, 'package.json')).resolve.paths(dependency) ?? [];
  const found = searched.map((path) => join(path, dependency)).find((path) => existsSync(join(path, 'package.json')));
  return found === undefined ? undefined : realpathSync(dirname(join(found, 'package.json')));
}
