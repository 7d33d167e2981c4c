/** The flags by which many certificates are selected, and the filters of the REST interface that they are. */
import type { Command } from 'commander';
import type { Io } from './io.ts';
import { resolveKey } from './key-argument.ts';

export interface SelectionOptions {
  readonly status?: string;
  readonly device?: string;
  readonly key?: string;
  readonly profile?: string;
  readonly profileVersion?: string;
  readonly ca?: string;
  readonly issuedFrom?: string;
  readonly issuedBefore?: string;
  readonly expiresFrom?: string;
  readonly expiresBefore?: string;
}

export function selectionOptions(command: Command): Command {
  return command
    .option('--status <states>', 'active, revoked, held, expired; several with commas')
    .option('--device <id>', 'only of this device')
    .option('--key <key>', 'only of this key: SHA-256 of its SubjectPublicKeyInfo, or a file that holds it')
    .option('--profile <name>', 'only of this profile')
    .option('--profile-version <n>', 'only of this version of the profile')
    .option('--ca <name>', 'only of this authority')
    .option('--issued-from <time>', 'issued then or later, RFC 3339 in UTC')
    .option('--issued-before <time>', 'issued before')
    .option('--expires-from <time>', 'valid until then or longer')
    .option('--expires-before <time>', 'valid until before');
}

/** Without those that were not given. */
export function filtersOf(io: Io, options: SelectionOptions): Readonly<Record<string, string>> {
  const filters = {
    status: options.status,
    deviceId: options.device,
    publicKeySha256: options.key === undefined ? undefined : resolveKey(io, options.key),
    profile: options.profile,
    profileVersion: options.profileVersion,
    authority: options.ca,
    'issued[gte]': options.issuedFrom,
    'issued[lt]': options.issuedBefore,
    'notAfter[gte]': options.expiresFrom,
    'notAfter[lt]': options.expiresBefore,
  };
  return Object.fromEntries(
    Object.entries(filters).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
