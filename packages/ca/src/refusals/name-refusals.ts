/** Refusals of the names that a certificate would have. */
import type { Refusal } from './refusal.ts';

export const nameRefusals = {
  nameNotAllowed: {
    category: 'request',
    meaning: 'The profile does not let this name through.',
    why: 'Names come from the registration and the profile; a request may add what the profile says, and nothing else.',
    hint: 'See the subjectAltName rules of the profile.',
  },
  nameInvalid: {
    category: 'request',
    meaning: 'A name in the request is malformed.',
    why: 'Relying parties compare names octet by octet: one that can be read in two ways is a way in.',
    hint: 'Correct or leave out the name that the message tells.',
    citation: 'RFC 5280 §4.2.1.6',
  },
  renewalNamesDiffer: {
    category: 'request',
    meaning: 'The renewal asks for other names than the certificate has.',
    why: 'A renewal continues one identity; another one is a matter for enrollment.',
    hint: 'Repeat the subject and the names of the certificate exactly (RFC 7030 §4.2.2).',
    citation: 'RFC 7030 §4.2.2',
  },
} as const satisfies Readonly<Record<string, Refusal>>;
