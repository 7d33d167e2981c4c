/** Dependencies point one way. */
import { describe, expect, it } from '@jest/globals';
import { dependencyTable, protocolPackages } from './dependency-table.ts';
import { importsOf, packageOfSpecifier, sourceFiles, workspacePackages } from './workspace.ts';

const scope = '@touchmark/';
const workspaceNames = (dependencies: Readonly<Record<string, string>> | undefined): string[] =>
  Object.keys(dependencies ?? {})
    .filter((name) => name.startsWith(scope))
    .map((name) => name.slice(scope.length))
    .sort();

describe('the dependency table', () => {
  it('names only packages that come before, hence has no cycle', () => {
    const seen = new Set<string>();
    for (const [name, dependencies] of Object.entries(dependencyTable)) {
      expect({ name, unknown: dependencies.filter((dependency) => !seen.has(dependency)) }).toEqual({
        name,
        unknown: [],
      });
      seen.add(name);
    }
  });

  it('lets no protocol package depend on another', () => {
    for (const name of protocolPackages) {
      const others = (dependencyTable[name] ?? []).filter((dependency) =>
        protocolPackages.some((protocol) => protocol === dependency),
      );
      expect({ name, others }).toEqual({ name, others: [] });
    }
  });

  it('has a row for every package, and no row without a package', () => {
    expect(workspacePackages.map(({ name }) => name).sort()).toEqual(Object.keys(dependencyTable).sort());
  });
});

describe.each(workspacePackages)('$name', ({ name, manifest }) => {
  const files = sourceFiles.filter((file) => file.package === name);

  it('declares the dependencies of its row', () => {
    expect(workspaceNames(manifest.dependencies)).toEqual([...(dependencyTable[name] ?? [])].sort());
  });

  it('needs nothing for its tests that needs it', () => {
    const developmentOnly = workspaceNames(manifest.devDependencies);
    expect(developmentOnly.filter((dependency) => reachableFrom(dependency).has(name))).toEqual([]);
  });

  it('runs from its sources', () => {
    const doors = typeof manifest.exports === 'object' ? Object.values(manifest.exports) : [manifest.exports];
    expect(doors).toContain('./src/index.ts');
    expect(doors.filter((door) => !/^\.\/src\/[a-z-]+\.ts$/.test(String(door)))).toEqual([]);
  });

  it('imports in src only what it declares, and siblings by their front door', () => {
    const declared = new Set(Object.keys(manifest.dependencies ?? {}));
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter((specifier) => !isAllowed(specifier, declared))
        .map((specifier) => `${file.path} imports ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });
});

function isAllowed(specifier: string, declared: ReadonlySet<string>): boolean {
  if (specifier.startsWith('node:')) return true;
  if (specifier.startsWith('.')) return !specifier.includes('/test/') && !specifier.includes('/packages/');
  if (specifier.startsWith(scope) && !isDoor(specifier)) return false;
  return declared.has(packageOfSpecifier(specifier));
}

/** A sibling is entered where its package.json says that there is a door. */
function isDoor(specifier: string): boolean {
  const sibling = packageOfSpecifier(specifier);
  if (specifier === sibling) return true;
  const exports = workspacePackages.find(({ name }) => `${scope}${name}` === sibling)?.manifest.exports;
  return typeof exports === 'object' && `.${specifier.slice(sibling.length)}` in exports;
}

function reachableFrom(name: string): Set<string> {
  const direct = dependencyTable[name] ?? [];
  return new Set([...direct, ...direct.flatMap((dependency) => [...reachableFrom(dependency)])]);
}
