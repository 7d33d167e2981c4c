/** RFC 5280 Appendix A.2: authorityCertIssuer and authorityCertSerialNumber come together. */
import type { Lint } from '../lint.ts';
import type { SignedFrame } from '../structure/signed.ts';

export const authorityKeyIdentifierPair: Lint<SignedFrame> = {
  name: 'authority-key-identifier-pair',
  citation: 'RFC 5280 Appendix A.2',
  requirement: 'authorityCertIssuer and authorityCertSerialNumber MUST both be present or both be absent',
  check({ extensions }) {
    const identifier = extensions.values.authorityKeyIdentifier;
    return identifier !== undefined && identifier.hasAuthorityCertIssuer !== identifier.hasAuthorityCertSerialNumber
      ? 'authorityKeyIdentifier has one of authorityCertIssuer and authorityCertSerialNumber without the other'
      : undefined;
  },
};
