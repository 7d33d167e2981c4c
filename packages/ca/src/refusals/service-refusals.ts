/** Refusals because of the state of the service: the request may be in order. */
import type { Refusal } from './refusal.ts';

export const serviceRefusals = {
  clockWentBack: {
    category: 'unavailable',
    meaning: "The service's clock is behind what it has signed already.",
    why: 'With a wrong time, validities and CRLs would be wrong.',
    hint: 'Set the clock of the host right.',
  },
  notReady: {
    category: 'unavailable',
    meaning: 'The service is not ready to sign.',
    why: 'A check fails without which nothing may be signed.',
    hint: 'See touchmark status: each failing check says how to mend it.',
  },
  registryUnavailable: {
    category: 'unavailable',
    meaning: 'The database does not answer.',
    why: 'Nothing is signed that could not be put on record first.',
    hint: 'See touchmark status; nothing was changed unless an answer said so.',
  },
  challengeUnavailable: {
    category: 'unavailable',
    meaning: 'The service that knows the challenges does not answer.',
    why: 'No answer is no consent.',
    hint: 'Try again; the operator finds the cause in the log under the id of the attempt.',
  },
  tooManyPending: {
    category: 'unavailable',
    meaning: 'Too many requests wait for an administrator at this endpoint.',
    why: 'What nobody looks through is no approval.',
    hint: 'Ask the operator to decide on those that wait: touchmark request list.',
  },
  overloaded: {
    category: 'unavailable',
    meaning: 'The service has too much to do at the moment.',
    why: 'What is turned away at once can come back; what waits too long fails anyway.',
    hint: 'Try again after the seconds in Retry-After.',
  },
  readTooLong: {
    category: 'unavailable',
    meaning: 'A look through the registry took too long and was ended.',
    why: 'What only counts must not stand in the way of those who enroll.',
    hint: 'Select less, or try again when the service has less to do.',
  },
  internal: {
    category: 'fault',
    meaning: 'Something failed inside the service.',
    why: 'It is a fault of the service, not of the request.',
    hint: 'The log has it under the request id.',
  },
} as const satisfies Readonly<Record<string, Refusal>>;
