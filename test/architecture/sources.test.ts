/** Habits of the sources that neither the compiler nor the linter holds us to. */
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { placesWhere, sourceFiles } from './workspace.ts';

/** Twice the 95th percentile of what reads well; beyond it a file is about more than one noun. */
const longestFile = 450;

describe('the sources', () => {
  it('are there', () => {
    expect(sourceFiles.length).toBeGreaterThan(100);
  });

  it('contain no `any`', () => {
    const places = sourceFiles.flatMap((file) => placesWhere(file, (node) => node.kind === ts.SyntaxKind.AnyKeyword));
    expect(places).toEqual([]);
  });

  it(`have no file longer than ${longestFile} lines`, () => {
    const long = sourceFiles
      .map((file) => ({ path: file.path, lines: file.text.split('\n').length }))
      .filter(({ lines }) => lines > longestFile);
    expect(long).toEqual([]);
  });

  it('mention no directory of somebody’s machine', () => {
    const personal = /(?<![\w})\]*.-])\/(?:home|root|Users|work)\//;
    expect(sourceFiles.filter((file) => personal.test(file.text)).map(({ path }) => path)).toEqual([]);
  });

  it('leave nothing for later', () => {
    const unfinished = /\b(?:TODO|FIXME|XXX)\b/;
    expect(sourceFiles.filter((file) => unfinished.test(file.text)).map(({ path }) => path)).toEqual([]);
  });

  it('suppress no check without a reason', () => {
    const bare = /@ts-(?:ignore|nocheck)|@ts-expect-error\s*$|eslint-disable(?:-next-line|-line)?(?![^\n]*--)/m;
    expect(sourceFiles.filter((file) => bare.test(file.text)).map(({ path }) => path)).toEqual([]);
  });
});
