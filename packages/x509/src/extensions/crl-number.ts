/** CRLNumber and BaseCRLNumber of delta CRLs (RFC 5280 §5.2.3, §5.2.4). */
import { DerReader, der, rfc5280 } from '@touchmark/asn1';
import { extensionEncoder } from './extension.ts';

const encodeNumber = extensionEncoder(rfc5280['id-ce-cRLNumber']);
const encodeDelta = extensionEncoder(rfc5280['id-ce-deltaCRLIndicator']);

/** RFC 5280 §5.2.3: at most 20 octets. */
const beyondLargest = 1n << 159n;

export function encodeCrlNumber(number: bigint | number): Uint8Array {
  return encodeNumber(false, encodeValue(number));
}

/** Critical. @param baseCrlNumber of the complete CRL that the delta CRL continues */
export function encodeDeltaCrlIndicator(baseCrlNumber: bigint | number): Uint8Array {
  return encodeDelta(true, encodeValue(baseCrlNumber));
}

function encodeValue(number: bigint | number): Uint8Array {
  const value = BigInt(number);
  if (value < 0n || value >= beyondLargest) throw new RangeError(`${value} is no CRL number (RFC 5280 §5.2.3)`);
  return der.integer(value);
}

/** CRLNumber or deltaCRLIndicator. Throws Asn1Error. */
export function parseCrlNumber(value: Uint8Array): bigint {
  const reader = new DerReader(value);
  const number = reader.integer();
  reader.end();
  if (number < 0n || number >= beyondLargest)
    throw reader.error('a CRL number is negative or longer than 20 octets', 0);
  return number;
}
