/** Refusals because of the authority that would sign, or that would be made. */
import type { Refusal } from './refusal.ts';

export const authorityRefusals = {
  nameConstraintViolated: {
    category: 'policy',
    meaning: 'The name constraints of the authority, or of one above it, do not let a name through.',
    why: 'Every relying party that checks the chain would refuse the certificate.',
    hint: 'Use a name within the permitted subtrees, or an authority whose constraints leave room for it.',
    citation: 'RFC 5280 §4.2.1.10',
  },
  pathLengthExceeded: {
    category: 'policy',
    meaning: 'No authority may stand below this one, or not as deep.',
    why: 'The pathLenConstraint of an authority says how many others may follow in a chain.',
    hint: 'Let an authority with a longer path certify it, or give the new one a shorter path.',
    citation: 'RFC 5280 §4.2.1.9',
  },
  authorityRetired: {
    category: 'policy',
    meaning: 'The authority is retired and issues nothing any more.',
    why: 'It goes on to speak for what it has issued: its CRL and OCSP stay.',
    hint: 'Use another authority; an administrator can take it into use again with touchmark ca set.',
  },
  endpointDisabled: {
    category: 'policy',
    meaning: 'The enrollment endpoint is disabled.',
    why: 'An administrator has closed it, for all devices.',
    hint: 'Ask the operator which endpoint to use; touchmark endpoint set LABEL --enable opens it again.',
  },
} as const satisfies Readonly<Record<string, Refusal>>;
