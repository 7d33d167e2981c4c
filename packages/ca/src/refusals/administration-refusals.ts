/** Refusals of what administrators and their programs ask. */
import type { Refusal } from './refusal.ts';

export const administrationRefusals = {
  invalidArgument: {
    category: 'argument',
    meaning: 'A value in the request is not accepted.',
    why: 'What cannot be carried out is refused when it is said, not found out later.',
    hint: 'Correct the value that the message tells.',
  },
  notAuthenticated: {
    category: 'credentialsWanted',
    meaning: 'The caller is not known.',
    why: 'Every act of administration is on record with who did it.',
    hint: 'Present a client certificate of an administrator, or "Authorization: Bearer <API token>".',
  },
  forbidden: {
    category: 'caller',
    meaning: 'The role of the caller does not allow this.',
    why: 'Each role may do what its work needs, and no more.',
    hint: 'Ask an administrator for the role, or use another credential.',
  },
  notFound: {
    category: 'unknown',
    meaning: 'There is no such thing.',
    why: 'No thing of this kind has that id.',
    hint: 'Check the id; the listing shows what there is.',
  },
  conflict: {
    category: 'state',
    meaning: 'The state of the thing does not allow this.',
    why: 'It was changed meanwhile, or something else depends on it.',
    hint: 'Look at it again, then decide.',
  },
  profileInUse: {
    category: 'state',
    meaning: 'The version of the profile would break what is issued by the profile now.',
    why: 'Devices that renew today would be refused tomorrow, far away and all at once.',
    hint: 'See who would be refused: touchmark profile preview NAME. Change the rules, or insist with acceptRefusals where that is offered.',
  },
  requestNotKept: {
    category: 'state',
    meaning: 'The attempt has no request that could be run again.',
    why: 'A request is kept only once its caller is known: strangers must not fill the registry.',
    hint: 'Run the request itself: touchmark profile test NAME --csr FILE.',
  },
  alreadyRevoked: {
    category: 'state',
    meaning: 'The certificate is revoked already.',
    why: 'The first revocation stands: time and reason of it are on record and in the CRL.',
    hint: 'Nothing to do: it is on the CRL.',
  },
  certificateNotHeld: {
    category: 'state',
    meaning: 'The certificate is not on hold.',
    why: 'Only a hold can be released; a revocation is for good.',
    hint: 'Look at its status: touchmark cert show ID. In place of a revoked certificate issue a new one.',
    citation: 'RFC 5280 §5.3.1',
  },
} as const satisfies Readonly<Record<string, Refusal>>;
