/** What input has to be, and what is wrong with it, in our words: zod finds the faults, and none of its own words are told. */
import { z } from 'zod';
import { suggest } from './suggestion.ts';

export interface InputFault {
  readonly path: readonly PropertyKey[];
  /** A predicate: `must be a number from 0.5 to 30, for example 5`. */
  readonly message: string;
  /** As `shownInput` has it; undefined where nothing is, where the name alone is wrong, and of a secret. */
  readonly got: string | undefined;
  /** The value that was probably meant. */
  readonly meant: string | undefined;
}

export type ReadInput<Output> =
  | { readonly kind: 'good'; readonly data: Output }
  /** At least one. */
  | { readonly kind: 'bad'; readonly faults: readonly InputFault[] };

/** Reads settings. A schema whose `meta` says `secret` is one whose value is told to nobody. */
export function readInput<S extends z.ZodType>(schema: S, input: unknown): ReadInput<z.output<S>> {
  const result = schema.safeParse(input, { error: ownWords(schema) });
  if (result.success) return { kind: 'good', data: result.data };
  return { kind: 'bad', faults: result.error.issues.flatMap((issue) => faultsOf(schema, input, issue)) };
}

/** `timeoutSeconds must be a number of seconds from 0.5 to 30, for example 5 (got "five")`, without a full stop. */
export function sentenceOf({ path, message, got, meant }: InputFault, whole: string): string {
  const name = path.length === 0 ? whole : path.map(String).join('.').slice(0, 128);
  const guess = meant === undefined ? [] : [`did you mean "${meant}"?`];
  const aside = [...(got === undefined ? [] : [`got ${got}`]), ...guess].join('; ');
  return `${name} ${message}${aside === '' ? '' : ` (${aside})`}`;
}

/** For the `error` of a `safeParse`: what a schema says itself stays, what zod would say is said in these words. */
export function ownWords(root: z.core.$ZodType): z.core.$ZodErrorMap {
  return (issue) => {
    if (issue.code === 'unrecognized_keys') return undefined;
    if (issue.code === 'custom') return 'is not accepted';
    if (issue.code === 'invalid_union') return closestMessage(issue.errors) ?? mustBe(schemaAt(root, issue.path ?? []));
    const schema = schemaAt(root, issue.path ?? []) ?? schemaOf(issue.inst);
    const missing = issue.input === undefined && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
    return missing ? `is missing: it ${mustBe(schema)}` : mustBe(schema);
  };
}

/** The schema that rules the member at `path`, through wrappers; undefined where there is none, or more than one. */
export function schemaAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): z.core.$ZodType | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return schema;
  const inner = unwrap(schema);
  if (inner instanceof z.ZodArray) return schemaAt(inner.element, rest);
  if (inner instanceof z.ZodRecord) return schemaAt(inner.valueType, rest);
  if (!(inner instanceof z.ZodObject)) return undefined;
  const member: unknown = Object.hasOwn(inner.shape, key) ? inner.shape[String(key)] : undefined;
  return member instanceof z.ZodType ? schemaAt(member, rest) : undefined;
}

export function knownKeys(schema: z.core.$ZodType | undefined): string[] {
  const inner = schema === undefined ? undefined : unwrap(schema);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

export interface InputDescription {
  /** `a number of seconds from 0.5 to 30`. */
  readonly takes: string;
  /** Undefined: there is none. */
  readonly byDefault: unknown;
  readonly isOptional: boolean;
  readonly meaning: string | undefined;
  readonly example: unknown;
}

/** One member of a schema as a table or a sentence has it; `unit` and `examples` are from its `meta`. */
export function describeInput(schema: z.core.$ZodType): InputDescription {
  const layers = layersOf(schema);
  const { unit, description, examples } = metaOf(layers);
  const byDefault = layers.find((layer) => layer instanceof z.ZodDefault)?.def.defaultValue;
  return {
    takes: takenBy(unwrap(schema), unit),
    byDefault,
    isOptional: byDefault !== undefined || layers.some((layer) => layer instanceof z.ZodOptional),
    meaning: description,
    example: examples?.[0],
  };
}

/** Longer than all that an enumeration has: a typo is not. */
const longestShown = 24;

/**
 * A value as a message has it: in one line, and itself only where `schema` takes no free text, so that a typo is seen. What
 * stands in the place of another may be anything, a password or a key among it: of a text the length is told, of a number
 * nothing, for a PIN is one.
 */
export function shownInput(value: unknown, schema: z.core.$ZodType | undefined): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  const isShown = schema !== undefined && takesNoFreeText(schema);
  if (typeof value === 'number') return isShown ? String(value) : 'a number';
  if (typeof value !== 'string') return typeof value;
  if (isShown && value.length <= longestShown) return inOneLine(value);
  return `a text of ${value.length} ${value.length === 1 ? 'character' : 'characters'}`;
}

function takesNoFreeText(schema: z.core.$ZodType): boolean {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodUnion) return inner.options.every(takesNoFreeText);
  return (
    inner instanceof z.ZodEnum ||
    inner instanceof z.ZodLiteral ||
    inner instanceof z.ZodBoolean ||
    inner instanceof z.ZodNumber
  );
}

/** In quotes, as JSON that is ASCII: nothing moves the cursor or turns the text around. */
function inOneLine(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function faultsOf(root: z.core.$ZodType, input: unknown, issue: z.core.$ZodIssue): InputFault[] {
  const schema = schemaAt(root, issue.path);
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema);
    return issue.keys.map((key) => {
      const meant = suggest(key, known);
      return {
        path: [...issue.path, key],
        message: `is not known${meant === undefined ? knownOf(known) : ''}`,
        got: undefined,
        meant,
      };
    });
  }
  const isSecret = schema !== undefined && metaOf(layersOf(schema)).secret === true;
  // A check of several members together has all of them as its input.
  const value = issue.path.reduce(memberOf, input);
  const got = value === undefined || isSecret ? undefined : shownInput(value, schema);
  return [{ path: issue.path, message: issue.message, got, meant: meantBy(value, schema) }];
}

function memberOf(whole: unknown, key: PropertyKey): unknown {
  return typeof whole === 'object' && whole !== null && Object.hasOwn(whole, key) ? Reflect.get(whole, key) : undefined;
}

function knownOf(known: readonly string[]): string {
  return known.length === 0 ? '; there is none here' : `; known are ${known.join(', ')}`;
}

function mustBe(schema: z.core.$ZodType | undefined): string {
  if (schema === undefined) return 'must be of another form';
  const { takes, example, byDefault } = describeInput(schema);
  const shown = example ?? (typeof byDefault === 'number' ? byDefault : undefined);
  return `must be ${takes}${shown === undefined ? '' : `, for example ${typeof shown === 'string' ? shown : JSON.stringify(shown)}`}`;
}

function meantBy(input: unknown, schema: z.core.$ZodType | undefined): string | undefined {
  const values = schema === undefined ? undefined : valuesOf(unwrap(schema));
  return typeof input === 'string' && values !== undefined ? suggest(input, values) : undefined;
}

function takenBy(schema: z.core.$ZodType, unit: string | undefined): string {
  const values = valuesOf(schema);
  if (values !== undefined) return values.length === 1 ? (values[0] ?? '') : `one of ${values.join(', ')}`;
  if (schema instanceof z.ZodNumber)
    return `${numberOf(schema)}${unit === undefined ? '' : ` of ${unit}`}${rangeOf(schema)}`;
  if (schema instanceof z.ZodString) return `text${lengthOf(schema)}`;
  if (schema instanceof z.ZodBoolean) return 'true or false';
  if (schema instanceof z.ZodArray) return 'a list';
  if (schema instanceof z.ZodObject || schema instanceof z.ZodRecord) return 'an object';
  if (schema instanceof z.ZodUnion) return schema.options.map((option) => takenBy(unwrap(option), unit)).join(' or ');
  return 'of another form';
}

function valuesOf(schema: z.core.$ZodType): string[] | undefined {
  if (schema instanceof z.ZodEnum) return schema.options.map(String);
  return schema instanceof z.ZodLiteral ? [...schema.values].map(String) : undefined;
}

function numberOf(schema: z.ZodNumber): string {
  return schema.format === 'safeint' ? 'a whole number' : 'a number';
}

/** zod has bounds of its own for integers: nobody needs to be told of them. */
function rangeOf({ minValue, maxValue }: z.ZodNumber): string {
  return betweenOf(minValue ?? -Infinity, maxValue ?? Infinity, Number.MAX_SAFE_INTEGER);
}

function lengthOf({ minLength, maxLength }: z.ZodString): string {
  const range = betweenOf(minLength ?? -Infinity, maxLength ?? Infinity, Infinity).trim();
  return range === '' ? '' : ` of ${range.replace(/^from /, '')} characters`;
}

function betweenOf(from: number, to: number, endless: number): string {
  const [hasFrom, hasTo] = [from > -endless, to < endless];
  if (hasFrom && hasTo) return ` from ${from} to ${to}`;
  return hasFrom ? ` at least ${from}` : hasTo ? ` at most ${to}` : '';
}

/** What the branch of a union says that came farther than the others. */
function closestMessage(
  branches: readonly (readonly Pick<z.core.$ZodIssue, 'path' | 'message'>[])[],
): string | undefined {
  const [closest, ...others] = branches.filter((branch) => branch.some(({ path }) => path.length > 0));
  return others.length === 0 ? closest?.[0]?.message : undefined;
}

function schemaOf(inst: unknown): z.core.$ZodType | undefined {
  return inst instanceof z.ZodType ? inst : undefined;
}

interface Meta {
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly unit?: string;
  readonly secret?: boolean;
}

/** Of all layers together; the outermost one decides. */
function metaOf(layers: readonly z.core.$ZodType[]): Meta {
  return Object.assign({}, ...layers.map((layer) => z.globalRegistry.get(layer)).toReversed()) as Meta;
}

/** The schema and what it wraps, outermost first. */
function layersOf(schema: z.core.$ZodType): z.core.$ZodType[] {
  const inner = innerOf(schema);
  return inner === undefined ? [schema] : [schema, ...layersOf(inner)];
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  const inner = innerOf(schema);
  return inner === undefined ? schema : unwrap(inner);
}

function innerOf(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return schema.unwrap();
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) return schema.unwrap();
  if (!(schema instanceof z.ZodPipe)) return undefined;
  // What is done to the input before it is read says nothing of it.
  return schema.in instanceof z.ZodTransform ? schema.out : schema.in;
}
