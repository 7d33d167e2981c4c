/** CertificatePolicies without qualifiers (RFC 5280 §4.2.1.4), and the mark of OCSP responders (RFC 6960 §4.2.2.2.1). */
import { der, readWhole, rfc5280, rfc6960, tag } from '@touchmark/asn1';
import { extensionEncoder } from './extension.ts';

const encodePolicies = extensionEncoder(rfc5280['id-ce-certificatePolicies']);
const encodeNoCheck = extensionEncoder(rfc6960['id-pkix-ocsp-nocheck']);

/** @param oids of policies; RFC 5280 allows each once */
export function encodeCertificatePolicies(oids: readonly string[]): Uint8Array {
  if (oids.length === 0 || new Set(oids).size < oids.length) {
    throw new RangeError('certificatePolicies needs one policy at least, and each once (RFC 5280 §4.2.1.4)');
  }
  return encodePolicies(false, der.sequence(...oids.map((oid) => der.sequence(der.oid(oid)))));
}

/** Object identifiers of the policies; qualifiers are left out. Throws Asn1Error. */
export function parseCertificatePolicies(value: Uint8Array): string[] {
  const sequence = readWhole(value);
  const oids: string[] = [];
  do {
    const policy = sequence.enter(tag.sequence);
    const { offset } = policy;
    const oid = policy.oid();
    if (oids.includes(oid)) throw policy.error(`the policy ${oid} is there twice (RFC 5280 §4.2.1.4)`, offset);
    oids.push(oid);
    if (!policy.done) policy.element(tag.sequence);
    policy.end();
  } while (!sequence.done);
  return oids;
}

/** NULL, not critical. */
export function encodeOcspNoCheck(): Uint8Array {
  return encodeNoCheck(false, der.null());
}
