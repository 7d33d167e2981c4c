/** RFC 1123 §2.1: the top-level label is not all digits, which is how hosts are told from IPv4 addresses. */
import type { Lint } from '../lint.ts';
import type { Signed } from '../structure/signed.ts';

const numericTop = /(?:^|\.)\d+$/;

export const dnsNameTopLabel: Lint<Signed> = {
  name: 'dns-name-top-label',
  citation: 'RFC 1123 §2.1, RFC 5280 §4.2.1.6',
  requirement: 'A dNSName is a name: addresses go into iPAddress',
  check({ alternativeNames }) {
    for (const name of alternativeNames) {
      if (name.kind === 'dNSName' && numericTop.test(name.text)) {
        return `the dNSName "${name.text}" ends like an IPv4 address`;
      }
    }
    return undefined;
  },
};
