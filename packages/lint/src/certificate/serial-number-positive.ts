/** RFC 5280 §4.1.2.2: the serial number is a positive integer. */
import type { Lint } from '../lint.ts';
import type { TbsCertificate } from '../structure/tbs-certificate.ts';

export const serialNumberPositive: Lint<TbsCertificate> = {
  name: 'serial-number-positive',
  citation: 'RFC 5280 §4.1.2.2',
  requirement: 'The serial number MUST be a positive integer',
  check({ serialNumber }) {
    const first = serialNumber[0] ?? 0;
    if (first >= 0x80) return 'the serial number is negative';
    return first === 0 && serialNumber.length === 1 ? 'the serial number is zero' : undefined;
  },
};
