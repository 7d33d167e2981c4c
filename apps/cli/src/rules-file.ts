/** The rules of a profile in a file, YAML or JSON, and back. */
import { parseDocument, stringify } from 'yaml';
import { CliFailure } from './failure.ts';
import { readInput } from './files.ts';
import type { Io } from './io.ts';

/** As they were written; the service says what is wrong with them. @param file `-` for standard input */
export async function readRules(io: Io, file: string): Promise<Record<string, unknown>> {
  return parseRules(Buffer.from(await readInput(io, file)).toString('utf8'), file);
}

/** JSON is YAML too. */
export function parseRules(text: string, file: string): Record<string, unknown> {
  const document = parseDocument(text, { version: '1.2', uniqueKeys: true, prettyErrors: true });
  const [error, ...others] = document.errors;
  if (error !== undefined) {
    throw new CliFailure('usage', `${file} is neither YAML nor JSON: ${error.message.trimEnd()}`, {
      details: others.map(({ message }) => message.trimEnd()),
    });
  }
  const value: unknown = document.toJS({ maxAliasCount: 20 });
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CliFailure(
      'usage',
      `${file} holds no rules: they are names with values, e.g. "keyAlgorithms: [ec-p256]".`,
    );
  }
  return value as Record<string, unknown>;
}

export function formatRules(rules: Readonly<Record<string, unknown>>): string {
  return stringify(rules, { lineWidth: 120 });
}

/** One of the rules; a list of words is one line. */
export function formatRule(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) return value.join(', ') || 'none';
  return stringify(value, { lineWidth: 100 }).trimEnd();
}
