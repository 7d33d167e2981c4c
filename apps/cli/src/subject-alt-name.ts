/** Subject alternative names on the command line. */
import { InvalidArgumentError } from 'commander';

export interface SubjectAltName {
  readonly kind: 'dns' | 'ip' | 'uri' | 'email';
  readonly value: string;
}

/** For an option that may be repeated. */
export function collectSan(written: string, before: readonly SubjectAltName[]): readonly SubjectAltName[] {
  const match = /^(dns|ip|uri|email):(.+)$/.exec(written);
  const kind = match?.[1];
  if ((kind !== 'dns' && kind !== 'ip' && kind !== 'uri' && kind !== 'email') || match?.[2] === undefined) {
    throw new InvalidArgumentError('Write dns:HOST, ip:ADDRESS, uri:URI or email:ADDRESS.');
  }
  return [...before, { kind, value: match[2] }];
}
