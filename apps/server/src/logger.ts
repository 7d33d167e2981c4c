/** JSON logs to standard error: stable event names, ids to find a request again, and no secrets. */
import { pino } from 'pino';
import type { Logger } from 'pino';

export type { Logger };

/** Members that could hold a secret are censored wherever an object is logged; the code does not log them in the first place. */
const secretMembers = [
  'password',
  'secret',
  'token',
  'authorization',
  'passphrase',
  'privateKey',
  'databaseUrl',
  'cookie',
];

export function createLogger(level: string): Logger {
  return pino(
    {
      level,
      base: { service: 'touchmark', pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: secretMembers.flatMap((member) => [member, `*.${member}`, `*.*.${member}`]),
        censor: '[redacted]',
      },
      serializers: { error: serializeError },
    },
    pino.destination({ dest: 2, sync: false }),
  );
}

/** A password can stand in the message of a database error as part of a URL. */
function withoutPasswords(text: string): string {
  return text.replaceAll(/\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@]+):[^\s@]+@/gi, '$1:[redacted]@');
}

function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code: unknown = 'code' in error ? error.code : undefined;
  return {
    type: error.name,
    message: withoutPasswords(error.message),
    code,
    stack: error.stack === undefined ? undefined : withoutPasswords(error.stack),
    cause: serializeError(error.cause),
  };
}
