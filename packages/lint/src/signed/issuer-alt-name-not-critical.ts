/** RFC 5280 §4.2.1.7 and §5.2.2: issuerAltName is non-critical. */
import type { Lint } from '../lint.ts';
import { extensionId } from '../structure/identifiers.ts';
import type { SignedFrame } from '../structure/signed.ts';

export const issuerAltNameNotCritical: Lint<SignedFrame> = {
  name: 'issuer-alt-name-not-critical',
  citation: 'RFC 5280 §4.2.1.7, §5.2.2',
  requirement: 'Conforming CAs SHOULD mark issuerAltName as non-critical',
  check: ({ extensions }) =>
    extensions.find(extensionId.issuerAltName)?.critical === true ? 'issuerAltName is critical' : undefined,
};
