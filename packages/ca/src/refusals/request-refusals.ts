/** Refusals of what was sent, before anybody looks at what it asks for. */
import type { Refusal } from './refusal.ts';

export const requestRefusals = {
  requestMalformed: {
    category: 'request',
    meaning: 'The certification request cannot be read.',
    why: 'Octets that two programs could read differently are not certified: one whole PKCS #10 request in DER is taken, and nothing else.',
    hint: 'Send a PKCS #10 request (RFC 2986), e.g. made by `openssl req -new`.',
    citation: 'RFC 2986 §4',
  },
  requestTooLarge: {
    category: 'size',
    meaning: 'The request is larger than allowed.',
    why: 'The limit is enforced before anything is stored, so that nobody can fill the memory of the service.',
    hint: 'A certification request seldom needs more than 4 KiB; drop what the profile ignores.',
  },
  proofOfPossessionFailed: {
    category: 'request',
    meaning: 'The signature of the certification request does not verify.',
    why: 'Without it somebody could have the key of another device certified under a name of his own.',
    hint: 'Sign the request with the private key that belongs to its public key.',
    citation: 'RFC 2986 §3; RFC 7030 §3.4',
  },
  channelBindingMismatch: {
    category: 'request',
    meaning: 'The challengePassword is not the binding of this TLS connection.',
    why: 'Somebody may stand between the device and the service, and pass on a request that was made for him.',
    hint: 'Make the request anew for this connection (RFC 7030 §3.5), and let no proxy end TLS in between.',
    citation: 'RFC 7030 §3.5; RFC 9266',
  },
  channelBindingRequired: {
    category: 'request',
    meaning: 'The profile demands a request that is bound to its TLS connection.',
    why: 'The profile wants proof that who signed the request is who authenticated on the connection.',
    hint: 'Put tls-unique or tls-exporter into the challengePassword (RFC 7030 §3.5).',
    citation: 'RFC 7030 §3.5; RFC 9266',
  },
  operationNotSupported: {
    category: 'unsupported',
    meaning: 'This operation is not served.',
    why: 'The protocol has it as an option, and this service, or this endpoint, does without.',
    hint: 'Use one of the operations that the message names.',
  },
} as const satisfies Readonly<Record<string, Refusal>>;
