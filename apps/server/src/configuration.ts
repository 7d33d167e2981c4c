/** Reads the configuration: flags beat environment beats touchmark.yaml beats defaults. Starts nothing. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readInput, shownInput } from '@touchmark/ca/input-words';
import { didYouMean } from '@touchmark/ca/suggestion';
import { parseDocument } from 'yaml';
import { keySettingProblems } from './key-settings.ts';
import { otherVariables, settings } from './settings.ts';
import type { Configuration, Setting, SettingKey } from './settings.ts';

/** Every problem at once, each with what, where and an example; shown as one block. */
export class ConfigurationError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigurationError';
    this.problems = problems;
  }
}

export type SettingSource = 'flag' | 'environment' | 'file' | 'default' | 'absent';

export interface LoadedConfiguration {
  readonly configuration: Configuration;
  readonly sources: Readonly<Record<SettingKey, SettingSource>>;
  /** The touchmark.yaml that was read, if any. */
  readonly file: string | undefined;
}

export interface ConfigurationInputs {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** By setting key, as text. */
  readonly flags: Readonly<Partial<Record<SettingKey, string>>>;
  /** A configuration file named by a flag; otherwise TOUCHMARK_CONFIG, or touchmark.yaml in `cwd` if it is there. */
  readonly file?: string | undefined;
}

/** @throws ConfigurationError with all problems found */
export function loadConfiguration(inputs: ConfigurationInputs): LoadedConfiguration {
  const problems: string[] = [];
  const { values: fromFile, file } = readFile(inputs, problems);
  checkVariables(inputs.env, problems);
  const values: Partial<Record<SettingKey, unknown>> = {};
  const sources = {} as Record<SettingKey, SettingSource>;
  for (const key of Object.keys(settings) as SettingKey[]) {
    const setting: Setting = settings[key];
    const found = find(key, setting, inputs, fromFile, problems);
    sources[key] = found.source;
    if (found.value === undefined) continue;
    const read = readInput(setting.schema, found.value);
    if (read.kind === 'good') values[key] = read.data;
    else {
      const why = read.faults.map(({ message }) => message).join('; ');
      const shown = setting.secret ? 'the value' : shownInput(found.value, setting.schema);
      problems.push(`${found.where}: ${shown} does not do: ${why}`);
    }
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  const pkcs11Tokens = (values.pkcs11Tokens ?? []) as readonly string[];
  const keyAliases = (values.keyAliases ?? []) as readonly string[];
  problems.push(...keySettingProblems(pkcs11Tokens, keyAliases, values.pkcs11Pin !== undefined));
  if (problems.length > 0) throw new ConfigurationError(problems);
  const configuration = {
    ...values,
    home: resolve(inputs.cwd, values.home as string),
    tlsNames: values.tlsNames ?? [],
    databaseUrl: values.databaseUrl,
    publicUrl: values.publicUrl,
    keyPassphrase: values.keyPassphrase,
    pkcs11Tokens,
    pkcs11Pin: values.pkcs11Pin,
    keyAliases,
  } as Configuration;
  return { configuration, sources, file };
}

interface Found {
  readonly value: unknown;
  readonly source: SettingSource;
  readonly where: string;
}

function find(
  key: SettingKey,
  setting: Setting,
  inputs: ConfigurationInputs,
  fromFile: Readonly<Record<string, unknown>>,
  problems: string[],
): Found {
  const flag = inputs.flags[key];
  if (flag !== undefined) return { value: flag, source: 'flag', where: `the flag for ${key}` };
  const variable = inputs.env[setting.variable];
  if (variable !== undefined && variable !== '')
    return { value: variable, source: 'environment', where: setting.variable };
  if (setting.secret) {
    const variableFile = inputs.env[`${setting.variable}_FILE`];
    if (variableFile !== undefined && variableFile !== '') {
      const where = `${setting.variable}_FILE`;
      return { value: readSecret(variableFile, where, problems), source: 'environment', where };
    }
    const keyFile = fromFile[`${key}File`];
    if (typeof keyFile === 'string') {
      const where = `${key}File in touchmark.yaml`;
      return { value: readSecret(resolve(inputs.cwd, keyFile), where, problems), source: 'file', where };
    }
  }
  const inFile = fromFile[key];
  if (inFile !== undefined && inFile !== null) {
    const value = typeof inFile === 'number' ? String(inFile) : inFile;
    return { value, source: 'file', where: `${key} in touchmark.yaml` };
  }
  return {
    value: setting.default,
    source: setting.default === undefined ? 'absent' : 'default',
    where: `the default of ${key}`,
  };
}

function readSecret(path: string, where: string, problems: string[]): string | undefined {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    problems.push(`${where}: the file ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
    return undefined;
  }
}

function readFile(
  inputs: ConfigurationInputs,
  problems: string[],
): { values: Record<string, unknown>; file: string | undefined } {
  const named = inputs.file ?? inputs.env.TOUCHMARK_CONFIG;
  const file = resolve(inputs.cwd, named ?? 'touchmark.yaml');
  if (named === undefined && !existsSync(file)) return { values: {}, file: undefined };
  let parsed: unknown;
  try {
    parsed = parseYaml(readFileSync(file, 'utf8')) ?? {};
  } catch (error) {
    const why = error instanceof YamlFault ? error.message : ((error as NodeJS.ErrnoException).code ?? 'unknown');
    problems.push(`${file} cannot be read: ${why}`);
    return { values: {}, file };
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    problems.push(`${file} must hold keys and values, for example "publicUrl: http://pki.example.com"`);
    return { values: {}, file };
  }
  const secretKeys = Object.entries(settings)
    .filter(([, entry]) => entry.secret)
    .map(([key]) => `${key}File`);
  const known = [...Object.keys(settings), ...secretKeys];
  for (const key of Object.keys(parsed)) {
    if (!known.includes(key)) problems.push(`${file}: there is no key "${key}".${didYouMean(key, known)}`);
  }
  return { values: parsed as Record<string, unknown>, file };
}

/** Names the place alone: the words of the reader repeat what is there, which may be a secret. */
class YamlFault extends Error {}

/** @throws YamlFault also for what would only be warned of, such as a tag: a text loses its beginning to it. */
function parseYaml(text: string): unknown {
  const document = parseDocument(text, { logLevel: 'error' });
  const [fault] = [...document.errors, ...document.warnings];
  if (fault !== undefined) {
    const [place] = fault.linePos ?? [];
    const at = place === undefined ? '' : ` at line ${place.line}, column ${place.col}`;
    throw new YamlFault(`it is not YAML${at} (${fault.code.toLowerCase().replaceAll('_', ' ')}); ${quotesHelp}`);
  }
  try {
    return document.toJS();
  } catch {
    throw new YamlFault(`an alias (*) in it names nothing; ${quotesHelp}`);
  }
}

const quotesHelp = 'put a text that begins with a sign, such as * ! | > % @ & or `, into single quotes';

function checkVariables(env: ConfigurationInputs['env'], problems: string[]): void {
  const known = Object.values(settings).flatMap((entry) =>
    entry.secret ? [entry.variable, `${entry.variable}_FILE`] : [entry.variable],
  );
  known.push(...otherVariables);
  for (const name of Object.keys(env)) {
    if (name.startsWith('TOUCHMARK_') && !known.includes(name)) {
      problems.push(`there is no environment variable ${name}.${didYouMean(name, known)}`);
    }
  }
}
