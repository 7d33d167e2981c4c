/** RFC 5280 §4.2.1.1: authorityKeyIdentifier is non-critical. */
import type { Lint } from '../lint.ts';
import { extensionId } from '../structure/identifiers.ts';
import type { SignedFrame } from '../structure/signed.ts';

export const authorityKeyIdentifierNotCritical: Lint<SignedFrame> = {
  name: 'authority-key-identifier-not-critical',
  citation: 'RFC 5280 §4.2.1.1',
  requirement: 'Conforming CAs MUST mark authorityKeyIdentifier as non-critical',
  check: ({ extensions }) =>
    extensions.find(extensionId.authorityKeyIdentifier)?.critical === true
      ? 'authorityKeyIdentifier is critical'
      : undefined,
};
