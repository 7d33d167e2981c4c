/** Refusals of who asks: its secret, its certificate, its place. */
import type { Refusal } from './refusal.ts';

export const callerRefusals = {
  credentialsMissing: {
    category: 'credentialsWanted',
    meaning: 'No credentials came with the request.',
    why: 'Nobody gets a certificate without proving who it is.',
    hint: 'Present an enrollment secret or a client certificate.',
    citation: 'RFC 7030 §3.2.3',
  },
  credentialsNotAccepted: {
    category: 'credentialsWanted',
    meaning: 'This kind of credentials is not accepted here.',
    why: 'Each endpoint says which proof it takes.',
    hint: 'See what the endpoint accepts.',
  },
  secretWrong: {
    category: 'credentialsUseless',
    meaning: 'The secret is not known.',
    why: 'It was never created here, or not all of it arrived.',
    hint: 'Check that it was copied whole; after 5 wrong tries from one address it is locked for that address for 30 minutes.',
  },
  secretSpent: {
    category: 'caller',
    meaning: 'The secret was used as often as it may be.',
    why: 'A secret that could be used again would be worth stealing.',
    hint: 'Create a new one.',
  },
  secretExpired: {
    category: 'caller',
    meaning: 'The secret is too old.',
    why: 'Secrets are for the hours in which a device is made; what is left over must be worth nothing.',
    hint: 'Create a new one.',
  },
  secretRevoked: {
    category: 'caller',
    meaning: 'The secret was revoked.',
    why: 'An administrator withdrew it.',
    hint: 'Create a new one.',
  },
  secretLocked: {
    category: 'caller',
    meaning: 'The secret is locked after wrong tries.',
    why: 'Somebody at this address is guessing.',
    hint: 'Wait 30 minutes, or create a new one.',
  },
  secretForAnotherEndpoint: {
    category: 'caller',
    meaning: 'The secret belongs to another enrollment endpoint.',
    why: 'A secret opens the one endpoint that it was created for.',
    hint: 'Use the label it was created for.',
  },
  secretForAnotherDevice: {
    category: 'caller',
    meaning: 'The secret is bound to another device.',
    why: 'A secret that is bound to a device gives certificates of that device alone.',
    hint: "Use the device's own secret; the user name is that device's id or empty.",
  },
  certificateUnknown: {
    category: 'credentialsUseless',
    meaning: 'The client certificate was not issued here.',
    why: 'A certificate is looked up in the registry; who else signed it proves nothing here.',
    hint: 'Present the certificate that this service issued.',
  },
  certificateExpired: {
    category: 'credentialsUseless',
    meaning: 'The certificate has expired.',
    why: 'After its end nobody keeps track of what becomes of the key.',
    hint: 'Enroll anew with a secret, or allow a grace period in the profile.',
    citation: 'RFC 5280 §4.1.2.5',
  },
  certificateNotYetValid: {
    category: 'caller',
    meaning: 'The certificate is not valid yet.',
    why: 'It begins later than the time of this service.',
    hint: "Check the device's clock.",
    citation: 'RFC 5280 §4.1.2.5',
  },
  certificateRevoked: {
    category: 'caller',
    meaning: 'The certificate is revoked.',
    why: 'What a revocation ended must not live on in a renewal or a repeated answer.',
    hint: 'A revoked certificate is neither renewed nor given again: enroll anew with a secret bound to the device, or ask with another Idempotency-Key.',
  },
  certificateHeld: {
    category: 'caller',
    meaning: 'The certificate is on hold.',
    why: 'While a suspicion lasts, the certificate proves nothing and renews nothing; it may be good again later.',
    hint: 'When the suspicion is over release it: touchmark cert release ID. Otherwise revoke it.',
    citation: 'RFC 5280 §5.3.1',
  },
  certificateForAnotherEndpoint: {
    category: 'caller',
    meaning: 'The certificate is of another authority or profile than this endpoint.',
    why: 'A certificate of one kind must not become one of another kind by being renewed.',
    hint: 'Renew at the endpoint where it was enrolled.',
  },
  endpointUnknown: {
    category: 'unknown',
    meaning: 'There is no enrollment endpoint with this label.',
    why: 'The label in the path decides which authority and which profile answer.',
    hint: 'List them: touchmark endpoint list.',
    citation: 'RFC 7030 §3.2.2',
  },
} as const satisfies Readonly<Record<string, Refusal>>;
