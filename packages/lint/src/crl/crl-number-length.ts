/** RFC 5280 §5.2.3: CRL numbers are INTEGER (0..MAX) of at most 20 octets. */
import type { Lint } from '../lint.ts';
import type { TbsCertList } from '../structure/tbs-cert-list.ts';

export const crlNumberLength: Lint<TbsCertList> = {
  name: 'crl-number-length',
  citation: 'RFC 5280 §5.2.3, §5.2.4',
  requirement: 'Conforming CRL issuers MUST NOT use CRL numbers longer than 20 octets, and none is negative',
  check({ extensions: { values } }) {
    for (const field of ['cRLNumber', 'deltaCRLIndicator'] as const) {
      const number = values[field];
      if (number === undefined) continue;
      if (number.length > 20) return `${field} has ${number.length} octets`;
      if ((number[0] ?? 0) >= 0x80) return `${field} is negative`;
    }
    return undefined;
  },
};
