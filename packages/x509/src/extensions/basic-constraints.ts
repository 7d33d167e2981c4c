/** BasicConstraints (RFC 5280 §4.2.1.9). */
import { der, readWhole, rfc5280, tag } from '@touchmark/asn1';
import { extensionEncoder } from './extension.ts';

export interface BasicConstraints {
  readonly cA: boolean;
  readonly pathLenConstraint?: number | undefined;
}

const encode = extensionEncoder(rfc5280['id-ce-basicConstraints']);

/** @param critical always when cA is set (RFC 5280 §4.2.1.9), else as one likes */
export function encodeBasicConstraints({ cA, pathLenConstraint }: BasicConstraints, critical = cA): Uint8Array {
  if (cA && !critical) throw new RangeError('basicConstraints of an authority are critical (RFC 5280 §4.2.1.9)');
  if (pathLenConstraint !== undefined && (!cA || !Number.isInteger(pathLenConstraint) || pathLenConstraint < 0)) {
    throw new RangeError('pathLenConstraint is a whole number of 0 or more, and only with cA (RFC 5280 §4.2.1.9)');
  }
  const parts = cA ? [der.boolean(true)] : [];
  if (pathLenConstraint !== undefined) parts.push(der.integer(pathLenConstraint));
  return encode(critical, der.sequence(...parts));
}

/** Throws Asn1Error. */
export function parseBasicConstraints(value: Uint8Array): BasicConstraints {
  const sequence = readWhole(value);
  let cA = false;
  if (sequence.peek() === tag.boolean) {
    cA = sequence.boolean();
    if (!cA) throw sequence.error('cA is written although it is FALSE (X.690 §11.5)');
  }
  let pathLenConstraint: number | undefined;
  if (!sequence.done) {
    pathLenConstraint = sequence.smallInteger();
    if (pathLenConstraint < 0) throw sequence.error('pathLenConstraint is negative');
  }
  sequence.end();
  return { cA, pathLenConstraint };
}
