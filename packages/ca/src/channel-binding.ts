/** Whether a request is bound to its TLS connection (RFC 7030 §3.5, RFC 9266). */
import { timingSafeEqual } from 'node:crypto';
import type { AttemptLog } from './attempt-log.ts';
import type { ChannelBinding } from './enrollment-request.ts';
import { CaError } from './errors.ts';
import type { Profile } from './profile.ts';

/** tls-unique is a Finished message of 12 octets (RFC 5246 §7.4.9); tls-exporter has 32 (RFC 9266 §2). */
const bindingLengths = [12, 32];

/**
 * A challengePassword that has the form of a binding must be the binding of this connection. Other values are left over
 * from tools that ask for a "challenge password", and mean nothing in EST.
 */
export function checkChannelBinding(
  challengePassword: string | undefined,
  binding: ChannelBinding | undefined,
  profile: Profile,
  log: AttemptLog,
): void {
  const claimed = challengePassword === undefined || binding === undefined ? undefined : decode(challengePassword);
  if (claimed === undefined || binding === undefined) {
    if (challengePassword !== undefined && binding !== undefined)
      log.warn('authorize', 'the challengePassword is not a channel binding and was ignored');
    if (profile.rules.requireChannelBinding) {
      throw new CaError(
        'channelBindingRequired',
        `The profile "${profile.name}" wants the request bound to its TLS connection: put tls-unique (TLS 1.2) or tls-exporter (TLS 1.3), in base64, into challengePassword.`,
      );
    }
    return;
  }
  const matches = [binding.tlsUnique, binding.tlsExporter].some(
    (value) => value?.length === claimed.length && timingSafeEqual(value, claimed),
  );
  if (!matches) {
    throw new CaError(
      'channelBindingMismatch',
      'The challengePassword binds the request to another TLS connection than the one it came on. Make the request anew for this connection.',
    );
  }
  log.note('authorize', 'the request is bound to its TLS connection');
}

function decode(challengePassword: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(challengePassword) || challengePassword.length % 4 !== 0) return undefined;
  const bytes = new Uint8Array(Buffer.from(challengePassword, 'base64'));
  return bindingLengths.includes(bytes.length) ? bytes : undefined;
}
