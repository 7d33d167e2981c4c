/** RFC 5280 §5.1.2.6: a certificate is revoked once. */
import { compareBytes, DerReader, tag } from '@touchmark/asn1';
import type { Lint } from '../lint.ts';
import type { TbsCertList } from '../structure/tbs-cert-list.ts';
import { hex, latin1 } from '../structure/text.ts';

export const crlEntriesDistinct: Lint<TbsCertList> = {
  name: 'crl-entries-distinct',
  citation: 'RFC 5280 §5.1.2.6',
  requirement: 'Revoked certificates are uniquely identified by their serial number',
  check({ revokedCertificates, extensions }) {
    // In an indirect CRL the serial numbers are those of several issuers.
    if (revokedCertificates === undefined || extensions.values.issuingDistributionPoint?.indirectCRL === true) {
      return undefined;
    }
    const twice = firstRepeated(revokedCertificates);
    return twice && `the serial number ${hex(twice)} is there twice`;
  },
};

function* serialNumbersOf(revokedCertificates: Uint8Array): Generator<Uint8Array> {
  const reader = new DerReader(revokedCertificates);
  while (!reader.done) yield reader.enter(tag.sequence).integerBytes();
}

/** Ours come sorted, and then the neighbour tells; only others need to be remembered. */
function firstRepeated(revokedCertificates: Uint8Array): Uint8Array | undefined {
  let previous: Uint8Array | undefined;
  for (const serialNumber of serialNumbersOf(revokedCertificates)) {
    const order = previous === undefined ? -1 : compareBytes(previous, serialNumber);
    if (order === 0) return serialNumber;
    if (order > 0) return firstRepeatedInAnyOrder(revokedCertificates);
    previous = serialNumber;
  }
  return undefined;
}

function firstRepeatedInAnyOrder(revokedCertificates: Uint8Array): Uint8Array | undefined {
  const seen = new Set<string>();
  for (const serialNumber of serialNumbersOf(revokedCertificates)) {
    const text = latin1(serialNumber);
    if (seen.has(text)) return serialNumber;
    seen.add(text);
  }
  return undefined;
}
