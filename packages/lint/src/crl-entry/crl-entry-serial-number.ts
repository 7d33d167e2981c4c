/** RFC 5280 §5.1.2.6 with §4.1.2.2: what is revoked has a serial number that can have been issued. */
import type { Lint } from '../lint.ts';
import type { CrlEntryInList } from '../structure/tbs-cert-list.ts';

export const crlEntrySerialNumber: Lint<CrlEntryInList> = {
  name: 'crl-entry-serial-number',
  citation: 'RFC 5280 §5.1.2.6, §4.1.2.2',
  requirement: 'The serial number of a CRL entry is positive and has at most 20 octets',
  check({ userCertificate }) {
    const first = userCertificate[0] ?? 0;
    if (first >= 0x80) return 'the serial number is negative';
    if (first === 0 && userCertificate.length === 1) return 'the serial number is zero';
    return userCertificate.length > 20 ? `the serial number has ${userCertificate.length} octets` : undefined;
  },
};
