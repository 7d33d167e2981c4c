/**
 * How signers and recipients are named: by issuer and serial number, or by the identifier of their key
 * (RFC 5652 §5.3 SignerIdentifier, §6.2.1 RecipientIdentifier).
 */
import { contextTag, der, equalBytes, rfc5280, tag } from '@touchmark/asn1';
import type { DerReader } from '@touchmark/asn1';
import { findExtension, parseName, parseSubjectKeyIdentifier, sameName } from '@touchmark/x509';
import type { Certificate, Name } from '@touchmark/x509';

export type CertificateIdentifier =
  | { readonly kind: 'issuerAndSerialNumber'; readonly issuerDer: Uint8Array; readonly serialNumber: Uint8Array }
  | { readonly kind: 'subjectKeyIdentifier'; readonly keyIdentifier: Uint8Array };

const subjectKeyIdentifier = contextTag(0, false);

export function readCertificateIdentifier(reader: DerReader): CertificateIdentifier {
  if (reader.peek() === subjectKeyIdentifier) {
    return { kind: 'subjectKeyIdentifier', keyIdentifier: reader.octetString(subjectKeyIdentifier) };
  }
  const sequence = reader.enter(tag.sequence);
  const issuerDer = sequence.element(tag.sequence);
  const serialNumber = sequence.integerBytes();
  sequence.end();
  return { kind: 'issuerAndSerialNumber', issuerDer, serialNumber };
}

/** By issuer and serial number, which every client can read. */
export function encodeIssuerAndSerialNumber({ issuer, serialNumber }: Certificate): Uint8Array {
  return der.sequence(issuer.der, der.integerBytes(serialNumber));
}

/** Issuers that clients encode anew, with other string types, are still the same. */
export function identifies(identifier: CertificateIdentifier, certificate: Certificate): boolean {
  switch (identifier.kind) {
    case 'issuerAndSerialNumber':
      return (
        equalBytes(identifier.serialNumber, certificate.serialNumber) &&
        (equalBytes(identifier.issuerDer, certificate.issuer.der) || sameName(issuerOf(identifier), certificate.issuer))
      );
    case 'subjectKeyIdentifier': {
      const extension = findExtension(certificate, rfc5280['id-ce-subjectKeyIdentifier']);
      return (
        extension !== undefined && equalBytes(identifier.keyIdentifier, parseSubjectKeyIdentifier(extension.value))
      );
    }
  }
}

const issuers = new WeakMap<CertificateIdentifier, Name>();

/** Read once, however many certificates it is compared with: the sender says how long it is and how many they are. */
function issuerOf(identifier: CertificateIdentifier & { readonly kind: 'issuerAndSerialNumber' }): Name {
  const known = issuers.get(identifier);
  if (known !== undefined) return known;
  const issuer = parseName(identifier.issuerDer);
  issuers.set(identifier, issuer);
  return issuer;
}
