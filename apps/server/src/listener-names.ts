/** The names under which the TLS listeners are reached: what their certificate must say. */
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import type { GeneralName } from '@touchmark/x509';
import type { Configuration, ListenAddress } from './settings.ts';

/** Sorted and without repeats, so that the same configuration always gives the same certificate. */
export function listenerNames(
  configuration: Pick<Configuration, 'estListen' | 'adminListen' | 'tlsNames'>,
): readonly GeneralName[] {
  const names = new Set([
    ...namesOf(configuration.estListen),
    ...namesOf(configuration.adminListen),
    ...configuration.tlsNames,
  ]);
  return [...names].sort().map((value): GeneralName => ({ kind: isIP(value) === 0 ? 'dns' : 'ip', value }));
}

function namesOf({ host }: ListenAddress): readonly string[] {
  const local = ['localhost', '127.0.0.1'];
  if (isUnspecified(host)) return [hostname(), ...local];
  if (host === '127.0.0.1' || host === '::1' || host === 'localhost') return [host, ...local];
  return [host];
}

/** 0.0.0.0 and :: listen everywhere and can be called by no name of their own. */
export function isUnspecified(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** `scheme://host:port` to reach a listener from this host or, if it listens everywhere, by this host's name. */
export function urlOf(scheme: 'http' | 'https', { host, port }: ListenAddress): string {
  const name = isUnspecified(host) ? hostname() : host;
  return `${scheme}://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
