/** RFC 5280 §4.2.1.6: an iPAddress is four or sixteen octets. */
import type { Lint } from '../lint.ts';
import type { Signed } from '../structure/signed.ts';

export const ipAddressLength: Lint<Signed> = {
  name: 'ip-address-length',
  citation: 'RFC 5280 §4.2.1.6',
  requirement: 'iPAddress MUST contain exactly four octets for IPv4 and sixteen for IPv6',
  check({ alternativeNames }) {
    for (const name of alternativeNames) {
      if (name.kind === 'iPAddress' && name.content.length !== 4 && name.content.length !== 16) {
        return `an iPAddress has ${name.content.length} octets`;
      }
    }
    return undefined;
  },
};
