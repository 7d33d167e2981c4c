/** The settings of key tokens: which tokens there are, and which keys are in them. */
import { formatPkcs11Uri, isPkcs11Uri, parseKeyUri, parsePkcs11Uri, tokenHolds } from '@touchmark/keystore/uri';
import type { Pkcs11Uri } from '@touchmark/keystore/uri';
import { z } from 'zod';

/** A key of that id is the key of a token. */
export interface KeyAlias {
  readonly keyId: string;
  /** Its `pkcs11:` URI, canonical. */
  readonly location: string;
}

/** @throws Error that says what to write instead */
export function parseTokenSetting(text: string): Pkcs11Uri {
  const uri = parsePkcs11Uri(text);
  const fault = faultOfToken(uri);
  if (fault !== undefined) throw new Error(fault);
  return uri;
}

/** @throws Error that says what to write instead */
export function parseKeyAlias(text: string): KeyAlias {
  const equals = text.indexOf('=');
  const keyId = text.slice(0, Math.max(0, equals));
  if (!/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/.test(keyId) || isPkcs11Uri(keyId)) {
    throw new Error('write KEY=pkcs11:…, for example authority:root=pkcs11:token=Fleet;object=root');
  }
  if (keyId === 'listener') throw new Error('the key of the TLS listeners cannot be in a token: it has to leave it');
  return { keyId, location: formatPkcs11Uri(parseKeyUri(text.slice(equals + 1))) };
}

/** What the settings say only together. */
export function keySettingProblems(
  tokens: readonly string[],
  aliases: readonly string[],
  hasPin: boolean,
): readonly string[] {
  const uris = tokens.map(parseTokenSetting);
  const withoutPin = uris.filter(({ query }) => query['pin-source'] === undefined && !hasPin);
  const problems = withoutPin.map(
    (uri) =>
      `pkcs11Tokens: ${formatPkcs11Uri(uri)} has no PIN: name a file with it in …&pin-source=file:/…, or set TOUCHMARK_PKCS11_PIN_FILE`,
  );
  const parsed = aliases.map(parseKeyAlias);
  for (const { keyId, location } of parsed) {
    const holders = uris.filter((uri) => tokenHolds(uri, parsePkcs11Uri(location)));
    if (holders.length !== 1) {
      problems.push(
        `keyAliases: ${keyId}: ${holders.length === 0 ? 'no token' : 'more than one token'} of pkcs11Tokens is the one of ${location}`,
      );
    }
    if (parsed.filter((other) => other.keyId === keyId).length > 1)
      problems.push(`keyAliases: ${keyId} is there twice`);
  }
  return [...new Set(problems)];
}

/** Both are lists in touchmark.yaml; in a variable blanks separate, which no URI contains. */
const listOf = (parse: (text: string) => unknown) =>
  z.preprocess(
    (value) => (typeof value === 'string' ? value.split(/\s+/).filter((part) => part !== '') : value),
    z.array(
      z.string().superRefine((text, context) => {
        try {
          parse(text);
        } catch (error) {
          context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'it cannot be read' });
        }
      }),
    ),
  );

export const Pkcs11Tokens = listOf(parseTokenSetting);
export const KeyAliases = listOf(parseKeyAlias);

function faultOfToken({ path, id, query }: Pkcs11Uri): string | undefined {
  // A PIN by value would stand in every listing of the configuration.
  if (query['pin-value'] !== undefined) {
    return 'write the PIN into a file and name it in pin-source=file:/…, or set TOUCHMARK_PKCS11_PIN_FILE, instead of pin-value';
  }
  if (query['pin-source'] !== undefined && pinFileOf(query['pin-source']) === undefined) {
    return 'write pin-source=file:/… with an absolute path';
  }
  if (query['module-path'] === undefined && query['module-name'] === undefined) {
    return 'say which module reaches the token: …?module-path=/usr/lib/softhsm/libsofthsm2.so';
  }
  if (path.object !== undefined || path.type !== undefined || id !== undefined) {
    return 'leave out object, type and id: this names a token, the id of a key names the key in it';
  }
  if (path.token === undefined && path.serial === undefined && path['slot-id'] === undefined) {
    return 'name the token by token=LABEL or serial=…';
  }
  return undefined;
}

/** RFC 7512 §2.4: a path, or a file URI. Programs (`|…`) are not run. */
export function pinFileOf(pinSource: string): string | undefined {
  return /^(?:file:(?:\/\/)?)?(\/[^/].*)$/.exec(pinSource)?.[1];
}
