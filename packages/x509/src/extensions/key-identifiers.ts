/** SubjectKeyIdentifier and AuthorityKeyIdentifier (RFC 5280 §4.2.1.1, §4.2.1.2). */
import { DerReader, contextTag, der, readWhole, rfc5280, tag } from '@touchmark/asn1';
import { sha256 } from '@touchmark/crypto';
import { readGeneralNames } from '../names/general-name.ts';
import type { GeneralName } from '../names/general-name.ts';
import { extensionEncoder } from './extension.ts';

const encodeSubject = extensionEncoder(rfc5280['id-ce-subjectKeyIdentifier']);
const encodeAuthority = extensionEncoder(rfc5280['id-ce-authorityKeyIdentifier']);

/** Leftmost 160 bits of the SHA-256 of the subjectPublicKey without its unused-bits octet (RFC 7093 §2 method 1). */
export function keyIdentifierOf(subjectPublicKeyInfoDer: Uint8Array): Uint8Array {
  const info = readWhole(subjectPublicKeyInfoDer);
  info.element(tag.sequence);
  const { bytes } = info.bitString();
  info.end();
  return sha256(bytes).subarray(0, 20);
}

export function encodeSubjectKeyIdentifier(keyIdentifier: Uint8Array): Uint8Array {
  return encodeSubject(false, der.octetString(keyIdentifier));
}

/** Throws Asn1Error. */
export function parseSubjectKeyIdentifier(value: Uint8Array): Uint8Array {
  const reader = new DerReader(value);
  const keyIdentifier = reader.octetString();
  reader.end();
  return keyIdentifier;
}

export interface AuthorityKeyIdentifier {
  readonly keyIdentifier: Uint8Array | undefined;
  readonly authorityCertIssuer: readonly GeneralName[] | undefined;
  /** Content octets of the INTEGER. */
  readonly authorityCertSerialNumber: Uint8Array | undefined;
}

/** Names the issuer's key alone: issuer and serial would bind to one of several certificates of a key. */
export function encodeAuthorityKeyIdentifier(keyIdentifier: Uint8Array): Uint8Array {
  return encodeAuthority(false, der.sequence(der.implicit(0, keyIdentifier)));
}

/** Throws Asn1Error. */
export function parseAuthorityKeyIdentifier(value: Uint8Array): AuthorityKeyIdentifier {
  const sequence = readWhole(value);
  const keyIdentifier = sequence.peek() === contextTag(0, false) ? sequence.content(contextTag(0, false)) : undefined;
  const issuer = sequence.optionalEnter(contextTag(1, true));
  const authorityCertIssuer = issuer && readGeneralNames(issuer);
  const authorityCertSerialNumber =
    sequence.peek() === contextTag(2, false) ? sequence.integerBytes(contextTag(2, false)) : undefined;
  sequence.end();
  if ((authorityCertIssuer === undefined) !== (authorityCertSerialNumber === undefined)) {
    throw sequence.error('authorityCertIssuer and authorityCertSerialNumber go together (RFC 5280 Appendix A.2)');
  }
  return { keyIdentifier, authorityCertIssuer, authorityCertSerialNumber };
}
