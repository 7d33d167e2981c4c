/** The content of GetCert and GetCRL (RFC 8894 §3.3.4; RFC 5652 §10.2.4). */
import { Asn1Error, readWhole } from '@touchmark/asn1';
import { parseName } from '@touchmark/x509';
import type { Name } from '@touchmark/x509';

/** IssuerAndSerialNumber ::= SEQUENCE { issuer Name, serialNumber CertificateSerialNumber } */
export interface IssuerAndSerialNumber {
  readonly issuer: Name;
  /** Content octets of the INTEGER. */
  readonly serialNumber: Uint8Array;
}

/** No serial number of any authority is longer (RFC 5280 §4.1.2.2). */
const longestSerialNumber = 20;

/** Throws Asn1Error. */
export function parseIssuerAndSerialNumber(der: Uint8Array): IssuerAndSerialNumber {
  const sequence = readWhole(der);
  const issuer = parseName(sequence.element());
  const serialNumber = sequence.integerBytes();
  sequence.end();
  if (serialNumber.length > longestSerialNumber) {
    throw new Asn1Error(`a serial number has more than ${longestSerialNumber} octets`, 0, 'size');
  }
  return { issuer, serialNumber };
}
