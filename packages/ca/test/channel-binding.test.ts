import { describe, expect, it } from '@jest/globals';
import { AttemptLog } from '../src/attempt-log.ts';
import { checkChannelBinding } from '../src/channel-binding.ts';
import { CaError } from '../src/errors.ts';
import { readyProfiles } from '../src/ready-profiles.ts';

const unique = new Uint8Array(12).fill(7);
const exporter = new Uint8Array(32).fill(9);
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

function outcome(challengePassword: string | undefined, required: boolean): string {
  const rules = readyProfiles.device;
  if (rules === undefined) throw new Error('no profile');
  const log = new AttemptLog(
    {
      id: 'attempt',
      protocol: 'est',
      operation: 'simpleenroll',
      endpointLabel: 'factory',
      remoteAddress: undefined,
      principal: undefined,
    },
    { now: () => new Date(0) },
  );
  try {
    const profile = { name: 'device', version: 1, rules: { ...rules, requireChannelBinding: required } };
    checkChannelBinding(challengePassword, { tlsUnique: unique, tlsExporter: exporter }, profile, log);
  } catch (error) {
    if (error instanceof CaError) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('RFC 7030 §3.5, RFC 9266: a request bound to its TLS connection', () => {
  it.each([
    ['tls-unique of this connection', base64(unique), 'accepted', 'accepted'],
    ['tls-exporter of this connection', base64(exporter), 'accepted', 'accepted'],
    [
      'tls-unique of another connection',
      base64(new Uint8Array(12).fill(8)),
      'channelBindingMismatch',
      'channelBindingMismatch',
    ],
    [
      'tls-exporter of another connection',
      base64(new Uint8Array(32)),
      'channelBindingMismatch',
      'channelBindingMismatch',
    ],
    ['nothing', undefined, 'accepted', 'channelBindingRequired'],
    ['a password that is no binding', 'changeit', 'accepted', 'channelBindingRequired'],
    ['an empty password', '', 'accepted', 'channelBindingRequired'],
  ])('%s', (_name, challengePassword, optional, required) => {
    expect(outcome(challengePassword, false)).toBe(optional);
    expect(outcome(challengePassword, true)).toBe(required);
  });
});
