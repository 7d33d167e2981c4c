/** RFC 5280 §4.2.2.1 and §5.2.7: authorityInfoAccess is non-critical. */
import type { Lint } from '../lint.ts';
import { extensionId } from '../structure/identifiers.ts';
import type { SignedFrame } from '../structure/signed.ts';

export const authorityInfoAccessNotCritical: Lint<SignedFrame> = {
  name: 'authority-info-access-not-critical',
  citation: 'RFC 5280 §4.2.2.1, §5.2.7',
  requirement: 'Conforming CAs MUST mark authorityInfoAccess as non-critical',
  check: ({ extensions }) =>
    extensions.find(extensionId.authorityInfoAccess)?.critical === true ? 'authorityInfoAccess is critical' : undefined,
};
