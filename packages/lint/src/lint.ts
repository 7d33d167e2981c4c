/** What a lint is: one requirement of a specification, checked on bytes that are about to be signed. */

/** A requirement over a structure that has been taken apart once. */
export interface Lint<Structure> {
  /** Stable, kebab-case: the file of the lint. */
  readonly name: string;
  /** Where the requirement is written, e.g. `RFC 5280 §4.1.2.2`. */
  readonly citation: string;
  /** The requirement in one sentence. */
  readonly requirement: string;
  /** What is wrong, in words fit for an administrator; undefined when the requirement holds or does not apply. */
  check(structure: Structure): string | undefined;
}

/** A requirement that was not met. Any finding refuses the signature. */
export interface LintFinding {
  /** Name of the lint. */
  readonly lint: string;
  readonly citation: string;
  readonly message: string;
}

/** Runs every lint; the findings are in the order of the table. */
export function runLints<Structure>(lints: readonly Lint<Structure>[], structure: Structure): LintFinding[] {
  const findings: LintFinding[] = [];
  for (const lint of lints) {
    const message = lint.check(structure);
    if (message !== undefined) findings.push({ lint: lint.name, citation: lint.citation, message });
  }
  return findings;
}
