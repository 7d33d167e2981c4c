/** Subtrees of name constraints as people write them; only forms that every relying party reads in the same way. */
import { encodeName, parseName } from './name.ts';
import { NameError } from './name-error.ts';
import type { NameSubtree } from '../extensions/name-constraints.ts';
import { parseIpNetwork } from './ip-network.ts';
import { parseDistinguishedName } from './parse-distinguished-name.ts';

export const nameSubtreeKinds = ['dns', 'uri', 'email', 'ip', 'directoryName'] as const;
export type NameSubtreeKind = (typeof nameSubtreeKinds)[number];

const host =
  /^(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*$/;

/** Throws NameError. */
export function parseNameSubtree(kind: NameSubtreeKind, value: string): NameSubtree {
  switch (kind) {
    case 'dns':
      if (value === '' || host.test(value)) return { kind, value };
      throw refuse(kind, value, 'write example.com, which is that name and all below it, or nothing for every name');
    case 'uri':
      if (host.test(value.replace(/^\./, ''))) return { kind, value };
      throw refuse(kind, value, 'write the host: example.com for that host, .example.com for all below it');
    case 'email':
      if (host.test(value.replace(/^\./, '')) || isMailbox(value)) return { kind, value };
      throw refuse(kind, value, 'write a mailbox, a host example.com, or .example.com for all hosts below it');
    case 'ip':
      if (parseIpNetwork(value) !== undefined) return { kind, value };
      throw refuse(
        kind,
        value,
        'write a network without bits beyond its prefix, for example 10.0.0.0/8 or 2001:db8::/32',
      );
    case 'directoryName':
      return { kind, name: parseName(encodeName(parseDistinguishedName(value))) };
  }
}

function isMailbox(value: string): boolean {
  const [local = '', domain = '', ...rest] = value.split('@');
  return rest.length === 0 && /^[\x21-\x3f\x41-\x7e]{1,64}$/.test(local) && host.test(domain);
}

function refuse(kind: string, value: string, why: string): NameError {
  return new NameError(`${kind} subtree`, value, why);
}
