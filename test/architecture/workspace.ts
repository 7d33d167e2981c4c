/** The workspace as the architecture tests see it: packages, their manifests and the syntax trees of their sources. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const rootDirectory = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

export interface WorkspacePackage {
  /** Folder name, e.g. `x509`. */
  readonly name: string;
  readonly directory: string;
  readonly manifest: Manifest;
}

export interface Manifest {
  readonly name: string;
  readonly exports?: string | Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

export interface SourceFile {
  /** Relative to the root of the workspace, with forward slashes. */
  readonly path: string;
  readonly package: string;
  readonly text: string;
  readonly syntax: ts.SourceFile;
}

export const workspacePackages: readonly WorkspacePackage[] = ['packages', 'apps'].flatMap((group) =>
  readdirSync(join(rootDirectory, group))
    .map((name) => ({ name, directory: join(rootDirectory, group, name) }))
    .filter(({ directory }) => existsSync(join(directory, 'package.json')))
    .map(({ name, directory }) => ({ name, directory, manifest: readManifest(directory) })),
);

/** Every source file under src of every package, without generated code. */
export const sourceFiles: readonly SourceFile[] = workspacePackages.flatMap((workspacePackage) =>
  typescriptFilesBelow(join(workspacePackage.directory, 'src')).map((file) => {
    const text = readFileSync(file, 'utf8');
    return {
      path: relative(rootDirectory, file).split(sep).join('/'),
      package: workspacePackage.name,
      text,
      syntax: ts.createSourceFile(file, text, ts.ScriptTarget.ES2024, true),
    };
  }),
);

/** Module specifiers that a file imports or re-exports, static or dynamic, types included. */
export function importsOf(file: SourceFile): string[] {
  return ts.preProcessFile(file.text, true, true).importedFiles.map((imported) => imported.fileName);
}

/** The package part of a bare specifier: `@a/b/c` → `@a/b`. */
export function packageOfSpecifier(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** `path:line` of every node for which the predicate holds. */
export function placesWhere(file: SourceFile, holds: (node: ts.Node) => boolean): string[] {
  const places: string[] = [];
  const visit = (node: ts.Node): void => {
    if (holds(node)) {
      const { line } = file.syntax.getLineAndCharacterOfPosition(node.getStart(file.syntax));
      places.push(`${file.path}:${line + 1}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file.syntax);
  return places;
}

function readManifest(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest;
}

function typescriptFilesBelow(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[cm]?tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.split(sep).includes('generated'));
}
