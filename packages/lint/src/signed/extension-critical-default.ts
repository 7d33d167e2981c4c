/** X.690 §11.5: critical DEFAULT FALSE is not written out. */
import type { Lint } from '../lint.ts';
import type { SignedFrame } from '../structure/signed.ts';

export const extensionCriticalDefault: Lint<Pick<SignedFrame, 'extensions'>> = {
  name: 'extension-critical-default',
  citation: 'RFC 5280 §4.1, X.690 §11.5',
  requirement: 'An extension that is not critical leaves the critical field out',
  check({ extensions: { list } }) {
    for (const { encodesNotCritical, extnID } of list) {
      if (encodesNotCritical) return `the extension ${extnID} encodes the default critical FALSE`;
    }
    return undefined;
  },
};
