/** What a lint is: one requirement of a specification, checked on bytes that are about to be signed. */
import { Asn1Error } from '@touchmark/asn1';

/** A requirement over a structure that has been taken apart once. */
export interface Lint<Structure> {
  /** Stable, kebab-case: the file of the lint. */
  readonly name: string;
  /** Where the requirement is written, e.g. `RFC 5280 §4.1.2.2`. */
  readonly citation: string;
  /** The requirement in one sentence. */
  readonly requirement: string;
  /**
   * What is wrong, in words fit for an administrator; undefined when the requirement holds or does not apply. A property and
   * no method, so that the compiler lets a lint look at its structure alone.
   */
  readonly check: (structure: Structure) => string | undefined;
}

/** A requirement that was not met. Any finding refuses the signature. */
export interface LintFinding {
  /** Name of the lint. */
  readonly lint: string;
  readonly citation: string;
  readonly message: string;
}

/** A lint that goes deeper than the common reading may meet bytes that are no DER: that is its finding. */
function messageOf<Structure>(lint: Lint<Structure>, structure: Structure): string | undefined {
  try {
    return lint.check(structure);
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    return `what it looks at is not DER: ${error.message}`;
  }
}

/** Runs every lint; the findings are in the order of the table. */
export function runLints<Structure>(lints: readonly Lint<Structure>[], structure: Structure): LintFinding[] {
  const findings: LintFinding[] = [];
  for (const lint of lints) {
    const message = messageOf(lint, structure);
    if (message !== undefined) findings.push({ lint: lint.name, citation: lint.citation, message });
  }
  return findings;
}
