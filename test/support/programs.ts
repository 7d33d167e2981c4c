/** Programs of the operating system that a test needs: found, or the test is skipped by name. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, it } from '@jest/globals';

/** Daemons live in the sbin directories, which the PATH of an ordinary user lacks. */
const daemonDirectories = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** On a machine that promises all clients (CI), a missing program is a failure: silence would read as success. */
const clientsRequired = process.env.TOUCHMARK_REQUIRE_CLIENTS === '1';

const found = new Map<string, string | undefined>();

/** Absolute path of a program, or undefined when it is not installed. */
export function program(name: string): string | undefined {
  if (!found.has(name)) found.set(name, find(name));
  return found.get(name);
}

/** Absolute path of a program; throws when it is not installed. For use inside `describeWith`. */
export function requiredProgram(name: string): string {
  const path = program(name);
  if (path === undefined) throw new Error(`${name} is not installed`);
  return path;
}

/**
 * An `it` that needs programs: the real one, or the one that skips. Where none may be skipped it throws, so that the whole
 * file fails.
 */
export function itWith(...programs: readonly string[]): typeof it {
  const missing = programs.filter((candidate) => program(candidate) === undefined);
  if (missing.length === 0) return it;
  if (clientsRequired) throw new Error(withoutSkip(missing));
  return it.skip as typeof it;
}

/**
 * A `describe` that needs programs. When one is missing, its place is taken by a skipped test that says which,
 * or by a failing one if the environment has TOUCHMARK_REQUIRE_CLIENTS=1.
 */
export function describeWith(programs: readonly string[], name: string, fn: () => void): void {
  const missing = programs.filter((candidate) => program(candidate) === undefined);
  if (missing.length === 0) {
    describe(name, fn);
    return;
  }
  describe(name, () => {
    if (clientsRequired) {
      it(`needs ${missing.join(', ')}`, () => {
        throw new Error(withoutSkip(missing));
      });
    } else {
      it.skip(`skipped: ${reason(missing)}`, () => undefined);
    }
  });
}

function reason(missing: readonly string[]): string {
  return `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not installed`;
}

function withoutSkip(missing: readonly string[]): string {
  return `${reason(missing)}, and TOUCHMARK_REQUIRE_CLIENTS=1 allows no skip`;
}

function find(name: string): string | undefined {
  const directories = [...(process.env.PATH ?? '').split(delimiter), ...daemonDirectories];
  return directories
    .filter((directory) => directory !== '')
    .map((directory) => join(directory, name))
    .find(isExecutableFile);
}

function isExecutableFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
