/** The table of settings: for each one its key in touchmark.yaml, its environment variable, its default and its rule. */
import { z } from 'zod';
import { KeyAliases, Pkcs11Tokens } from './key-settings.ts';

export const roleNames = ['enroll', 'admin', 'status', 'worker'] as const;
export type Role = (typeof roleNames)[number];

/** `host:port`; IPv6 in brackets; port 0 lets the system choose. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

const ListenAddress = z.string().transform((text, context): ListenAddress => {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    context.addIssue({ code: 'custom', message: 'write host:port, for example 127.0.0.1:8443 or [::1]:8443' });
    return z.NEVER;
  }
  return { host: match[1] ?? match[2] ?? '', port };
});

const PublicUrl = z.string().transform((text, context): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // RFC 5280 §4.2.1.13: a CRL behind https could need itself to be fetched; relying parties want plain http here.
  if (
    url?.protocol !== 'http:' ||
    url.username !== '' ||
    url.password !== '' ||
    /\s/.test(text) ||
    url.search !== '' ||
    url.hash !== ''
  ) {
    context.addIssue({
      code: 'custom',
      message: 'write the plain http base URL that relying parties use, for example http://pki.example.com',
    });
    return z.NEVER;
  }
  return text.replace(/\/+$/, '');
});

const DatabaseUrl = z
  .string()
  .refine((text) => /^postgres(ql)?:\/\//.test(text), 'write postgresql://user:password@host:5432/database');

const list = (item: z.ZodType<string, string>) =>
  z.union([
    z.array(item),
    z
      .string()
      .transform((text) => text.split(',').map((part) => part.trim()))
      .pipe(z.array(item)),
  ]);

export interface Setting {
  readonly variable: string;
  readonly schema: z.ZodType;
  readonly default: string | undefined;
  readonly meaning: string;
  readonly secret: boolean;
}

const setting = (
  variable: string,
  schema: z.ZodType,
  defaultValue: string | undefined,
  meaning: string,
  secret = false,
): Setting => ({ variable, schema, default: defaultValue, meaning, secret });

/** Keys are those of touchmark.yaml. A secret also has a `_FILE` variable and a `…File` key that name a file with it. */
export const settings = {
  home: setting(
    'TOUCHMARK_HOME',
    z.string().min(1),
    './.touchmark',
    'state of the embedded default, TLS keys, admin credential',
  ),
  databaseUrl: setting(
    'DATABASE_URL',
    DatabaseUrl,
    undefined,
    'PostgreSQL 14 or later; without it an embedded PostgreSQL runs in the home',
    true,
  ),
  publicListen: setting(
    'TOUCHMARK_PUBLIC_LISTEN',
    ListenAddress,
    '127.0.0.1:8080',
    'plain HTTP: CRL, OCSP, AIA, /trust',
  ),
  estListen: setting('TOUCHMARK_EST_LISTEN', ListenAddress, '127.0.0.1:8443', 'EST over TLS'),
  adminListen: setting('TOUCHMARK_ADMIN_LISTEN', ListenAddress, '127.0.0.1:9443', 'REST API over TLS'),
  metricsListen: setting('TOUCHMARK_METRICS_LISTEN', ListenAddress, '127.0.0.1:9090', '/metrics, /healthz, /readyz'),
  publicUrl: setting(
    'TOUCHMARK_PUBLIC_URL',
    PublicUrl,
    undefined,
    'base of the URLs written into certificates; from publicListen when absent',
  ),
  tlsNames: setting(
    'TOUCHMARK_TLS_NAMES',
    list(z.string().min(1)),
    undefined,
    'further DNS names and IP addresses of the TLS listeners, with commas',
  ),
  keyPassphrase: setting(
    'TOUCHMARK_KEY_PASSPHRASE',
    z.string().min(12, 'use at least 12 characters'),
    undefined,
    'seals private keys; generated into the home when absent',
    true,
  ),
  pkcs11Tokens: setting(
    'TOUCHMARK_PKCS11_TOKENS',
    Pkcs11Tokens,
    undefined,
    'tokens that hold keys: pkcs11: URIs with module-path, with blanks between them',
  ),
  pkcs11Pin: setting(
    'TOUCHMARK_PKCS11_PIN',
    z.string().min(1),
    undefined,
    'user PIN of the tokens whose URI has no pin-source',
    true,
  ),
  keyAliases: setting(
    'TOUCHMARK_KEY_ALIASES',
    KeyAliases,
    undefined,
    'keys that are in a token instead of the registry: KEY=pkcs11:…, with blanks between them',
  ),
  roles: setting(
    'TOUCHMARK_ROLES',
    list(z.enum(roleNames)),
    roleNames.join(','),
    'what this process does: enroll, admin, status, worker',
  ),
  organization: setting(
    'TOUCHMARK_ORGANIZATION',
    z.string().min(1).max(64),
    'Touchmark',
    'the name in the subjects of the authorities made at the first start',
  ),
  logLevel: setting(
    'TOUCHMARK_LOG_LEVEL',
    z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    'info',
    'log level',
  ),
} as const satisfies Record<string, Setting>;

export type SettingKey = keyof typeof settings;

/** Variables of the command-line client and of the container image: known, but not settings of the service. */
export const otherVariables = [
  'TOUCHMARK_CONFIG',
  'TOUCHMARK_URL',
  'TOUCHMARK_TOKEN',
  'TOUCHMARK_TOKEN_FILE',
  'TOUCHMARK_CA_FILE',
  'TOUCHMARK_REQUIRE_CLIENTS',
];

/** The configuration in force. */
export interface Configuration {
  readonly home: string;
  readonly databaseUrl: string | undefined;
  readonly publicListen: ListenAddress;
  readonly estListen: ListenAddress;
  readonly adminListen: ListenAddress;
  readonly metricsListen: ListenAddress;
  readonly publicUrl: string | undefined;
  readonly tlsNames: readonly string[];
  readonly keyPassphrase: string | undefined;
  /** `pkcs11:` URIs, for `parseTokenSetting`. */
  readonly pkcs11Tokens: readonly string[];
  readonly pkcs11Pin: string | undefined;
  /** For `parseKeyAlias`. */
  readonly keyAliases: readonly string[];
  readonly roles: readonly Role[];
  readonly organization: string;
  readonly logLevel: string;
}
