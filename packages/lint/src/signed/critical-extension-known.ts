/** RFC 5280 §4.2: a critical extension that is not in general use keeps the certificate or CRL from being used. */
import type { Lint } from '../lint.ts';
import { extensionId } from '../structure/identifiers.ts';
import type { SignedFrame } from '../structure/signed.ts';

const known = new Set<string>(Object.values(extensionId));

/** @param agreed object identifiers of extensions that the relying parties are known to process */
export function criticalExtensionKnownOr(agreed: readonly string[]): Lint<Pick<SignedFrame, 'extensions'>> {
  return {
    name: 'critical-extension-known',
    citation: 'RFC 5280 §4.2, §5.2',
    requirement: 'Only extensions of RFC 5280 are critical: everybody must reject what they do not process',
    check({ extensions: { list } }) {
      for (const { critical, extnID } of list) {
        if (critical && !known.has(extnID) && !agreed.includes(extnID)) {
          return `the extension ${extnID} is critical and not one of RFC 5280`;
        }
      }
      return undefined;
    },
  };
}

export const criticalExtensionKnown = criticalExtensionKnownOr([]);
