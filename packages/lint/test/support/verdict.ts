/** What the lint tables expect: structures that keep a requirement and structures that break it. */

export interface LintCase {
  /** Each breaks the requirement, and no other unless `also` says so. */
  readonly fails: Readonly<Record<string, Uint8Array>>;
  /** Each comes under the requirement, keeps it, and keeps all others. */
  readonly passes: Readonly<Record<string, Uint8Array>>;
  /** Other lints that the failing structures cannot help breaking. */
  readonly also?: readonly string[];
}

export type LintCases = Readonly<Record<string, LintCase>>;

/** One row per structure, for `it.each`. */
export function rowsOf(
  cases: LintCases,
  verdict: 'fails' | 'passes',
): [lint: string, structure: string, der: Uint8Array][] {
  return Object.entries(cases).flatMap(([lint, lintCase]) =>
    Object.entries(lintCase[verdict]).map(([structure, bytes]): [string, string, Uint8Array] => [
      lint,
      structure,
      bytes,
    ]),
  );
}
