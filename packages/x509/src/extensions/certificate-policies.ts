/** CertificatePolicies (RFC 5280 §4.2.1.4), and the mark of OCSP responders (RFC 6960 §4.2.2.2.1). */
import { der, readWhole, rfc5280, rfc6960, tag } from '@touchmark/asn1';
import { extensionEncoder } from './extension.ts';

const encodePolicies = extensionEncoder(rfc5280['id-ce-certificatePolicies']);
const encodeNoCheck = extensionEncoder(rfc6960['id-pkix-ocsp-nocheck']);

/** A policy with the two qualifiers that RFC 5280 knows. */
export interface PolicyInformation {
  readonly oid: string;
  /** URI of the certification practice statement. */
  readonly cps?: string | undefined;
  /** explicitText of a UserNotice, at most 200 characters. */
  readonly userNotice?: string | undefined;
}

/** @param policies each once (RFC 5280 §4.2.1.4) */
export function encodeCertificatePolicies(policies: readonly PolicyInformation[]): Uint8Array {
  if (policies.length === 0 || new Set(policies.map(({ oid }) => oid)).size < policies.length) {
    throw new RangeError('certificatePolicies needs one policy at least, and each once (RFC 5280 §4.2.1.4)');
  }
  return encodePolicies(false, der.sequence(...policies.map(encodePolicyInformation)));
}

function encodePolicyInformation({ oid, cps, userNotice }: PolicyInformation): Uint8Array {
  const qualifiers = [
    ...(cps === undefined ? [] : [der.sequence(der.oid(rfc5280['id-qt-cps']), der.ia5String(cps))]),
    ...(userNotice === undefined
      ? []
      : [der.sequence(der.oid(rfc5280['id-qt-unotice']), der.sequence(der.utf8String(userNotice)))]),
  ];
  return der.sequence(der.oid(oid), ...(qualifiers.length === 0 ? [] : [der.sequence(...qualifiers)]));
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
