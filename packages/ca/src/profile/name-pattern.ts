/** Patterns of names: a small language that is matched in one pass, whatever the name. */
import { compileTemplate, fillTemplate, Template } from './template.ts';
import type { Variable } from './template.ts';

/**
 * `*` stands for one or more characters of one part of the name, `**` for one or more of any kind, `?` for one character of
 * a part, `#` for a digit; `\` takes the character after it as it is. Parts are what lies between the dots of a DNS name, the
 * / : ? # of a URI and the @ of an e-mail address. Variables are filled first, and what is in them is text.
 */
export const NamePattern = Template.refine((text) => !/(?:^|[^\\])(?:\\\\)*\\$/.test(text), {
  error: 'a pattern does not end with a lone \\',
}).meta({ description: 'A pattern: * within a part of the name, ** across parts, ? one character, # one digit' });

type Token =
  | { readonly kind: 'text'; readonly character: string }
  | { readonly kind: 'digit' | 'one' | 'run' | 'longRun' }
  | { readonly kind: 'variable'; readonly variable: Variable };

export interface CompiledPattern {
  readonly text: string;
  readonly tokens: readonly Token[];
}

export function compilePattern(text: string): CompiledPattern {
  const tokens: Token[] = [];
  for (const part of compileTemplate(text).parts) {
    if (typeof part === 'string') tokens.push(...tokensOf(part));
    else tokens.push({ kind: 'variable', variable: part });
  }
  return { text, tokens };
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const characters = Array.from(text);
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? '';
    switch (character) {
      case '\\':
        at++;
        tokens.push({ kind: 'text', character: characters[at] ?? '' });
        break;
      case '*':
        if (characters[at + 1] === '*') {
          at++;
          tokens.push({ kind: 'longRun' });
        } else {
          tokens.push({ kind: 'run' });
        }
        break;
      case '?':
        tokens.push({ kind: 'one' });
        break;
      case '#':
        tokens.push({ kind: 'digit' });
        break;
      default:
        tokens.push({ kind: 'text', character });
    }
  }
  return tokens;
}

/**
 * Follows all ways through the pattern at once, so the time is at most the length of the name times that of the pattern.
 *
 * @param separators what `*` and `?` stop at
 */
export function matchesPattern(
  pattern: CompiledPattern,
  name: string,
  separators: string,
  valueOf: (variable: Variable) => string | undefined,
): boolean {
  const tokens = expand(pattern.tokens, valueOf);
  if (tokens === undefined) return false;
  // Places before a token that can be reached; behind a run one may stay or go on.
  let places = new Set([0]);
  for (const character of Array.from(name)) {
    const next = new Set<number>();
    for (const place of places) {
      const token = tokens[place];
      if (token === undefined || !takes(token, character, separators)) continue;
      next.add(place + 1);
      if (token.kind === 'run' || token.kind === 'longRun') next.add(place);
    }
    if (next.size === 0) return false;
    places = next;
  }
  return places.has(tokens.length);
}

function expand(tokens: readonly Token[], valueOf: (variable: Variable) => string | undefined): Token[] | undefined {
  const expanded: Token[] = [];
  for (const token of tokens) {
    if (token.kind !== 'variable') {
      expanded.push(token);
      continue;
    }
    const value = valueOf(token.variable);
    if (value === undefined) return undefined;
    for (const character of Array.from(value)) expanded.push({ kind: 'text', character });
  }
  return expanded;
}

function takes(token: Token, character: string, separators: string): boolean {
  switch (token.kind) {
    case 'text':
      return token.character === character;
    case 'digit':
      return character >= '0' && character <= '9';
    case 'one':
    case 'run':
      return !separators.includes(character);
    case 'longRun':
      return true;
    case 'variable':
      return false;
  }
}

/** A name that the pattern matches, for trying a profile out; undefined when a variable has no value. */
export function exampleOfPattern(
  { tokens }: CompiledPattern,
  valueOf: (variable: Variable) => string | undefined,
): string | undefined {
  let text = '';
  for (const token of tokens) {
    switch (token.kind) {
      case 'text':
        text += token.character;
        break;
      case 'digit':
        text += '1';
        break;
      case 'one':
        text += 'a';
        break;
      case 'run':
      case 'longRun':
        text += 'sample';
        break;
      case 'variable': {
        const filled = fillTemplate({ parts: [token.variable], variables: [token.variable] }, valueOf);
        if (typeof filled !== 'string') return undefined;
        text += filled;
      }
    }
  }
  return text;
}
