/** RFC 5280 §4.2.1.15 and §5.2.6: freshestCRL is non-critical. */
import type { Lint } from '../lint.ts';
import { extensionId } from '../structure/identifiers.ts';
import type { SignedFrame } from '../structure/signed.ts';

export const freshestCrlNotCritical: Lint<SignedFrame> = {
  name: 'freshest-crl-not-critical',
  citation: 'RFC 5280 §4.2.1.15, §5.2.6',
  requirement: 'Conforming CAs MUST mark freshestCRL as non-critical',
  check: ({ extensions }) =>
    extensions.find(extensionId.freshestCRL)?.critical === true ? 'freshestCRL is critical' : undefined,
};
