/** RFC 9549 §2.3 (5280 §7.2): internationalized labels are A-labels that mean something, and other ??-- are reserved. */
import { domainToASCII, domainToUnicode } from 'node:url';
import type { Lint } from '../lint.ts';
import type { Signed } from '../structure/signed.ts';

const reserved = /^[A-Za-z0-9]{2}--/;

export const dnsNameALabel: Lint<Signed> = {
  name: 'dns-name-a-label',
  citation: 'RFC 9549 §2.3, RFC 5890 §2.3.1',
  requirement: 'Internationalized domain names are stored as valid A-labels in lower case',
  check({ alternativeNames }) {
    for (const name of alternativeNames) {
      if (name.kind !== 'dNSName' || !name.text.includes('--')) continue;
      const wrong = name.text.split('.').find((label) => reserved.test(label) && !isALabel(label));
      if (wrong !== undefined) return `the label "${wrong}" of a dNSName is no valid A-label`;
    }
    return undefined;
  },
};

/** RFC 5890 §2.3.2.1: to Unicode and back gives the very label. */
function isALabel(label: string): boolean {
  if (!label.startsWith('xn--')) return false;
  const unicode = domainToUnicode(label);
  return unicode !== '' && unicode !== label && domainToASCII(unicode) === label;
}
