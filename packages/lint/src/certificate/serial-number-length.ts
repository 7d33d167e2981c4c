/** RFC 5280 §4.1.2.2: the serial number has at most 20 octets. */
import type { Lint } from '../lint.ts';
import type { TbsCertificate } from '../structure/tbs-certificate.ts';

export const serialNumberLength: Lint<TbsCertificate> = {
  name: 'serial-number-length',
  citation: 'RFC 5280 §4.1.2.2',
  requirement: 'Conforming CAs MUST NOT use serial numbers longer than 20 octets',
  check: ({ serialNumber }) =>
    serialNumber.length > 20 ? `the serial number has ${serialNumber.length} octets` : undefined,
};
