/** Refusals by the rules of the profile and of RFC 5280, whatever key and names are. */
import type { Refusal } from './refusal.ts';

export const profileRefusals = {
  profileInvalid: {
    category: 'argument',
    meaning: 'The rules of the profile are not accepted.',
    why: 'A profile that contradicts itself is found out when it is written, not when devices need certificates.',
    hint: 'Mend what the message names, each at its JSON pointer; "touchmark profile schema" prints what can be said.',
  },
  renewalTooEarly: {
    category: 'policy',
    meaning: 'The renewal window is not open yet.',
    why: 'The profile says from which part of its life on a certificate is renewed.',
    hint: 'Try again when the window opens.',
  },
  renewSameKeyNotAllowed: {
    category: 'request',
    meaning: 'The profile demands a new key at renewal.',
    why: 'A key that is used for long is found out sooner or later.',
    hint: 'Make a new key for the request.',
  },
  rekeyNotAllowed: {
    category: 'request',
    meaning: 'The profile demands the same key at renewal.',
    why: 'The key is in hardware that was vouched for when it was first certified.',
    hint: 'Sign the request with the key of the certificate.',
  },
  outlivesIssuer: {
    category: 'policy',
    meaning: 'The certificate would be valid longer than its issuer.',
    why: 'No relying party could verify it after the issuer has expired.',
    hint: 'Roll the issuing CA over, or shorten the validity in the profile.',
    citation: 'RFC 5280 §6.1.3',
  },
  lintFailed: {
    category: 'request',
    meaning: 'The certificate would break a rule of RFC 5280.',
    why: 'Each certificate is checked before it is signed; one that breaks a rule fails somewhere in the field.',
    hint: 'The attempt names the rule; mostly a name in the profile or the request.',
    citation: 'RFC 5280',
  },
} as const satisfies Readonly<Record<string, Refusal>>;
