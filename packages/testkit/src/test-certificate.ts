/** Certificates issued without an authority around them: what a test says is what is signed. */
import { randomBytes } from 'node:crypto';
import { rfc5280 } from '@touchmark/asn1';
import { parsePublicKey } from '@touchmark/crypto';
import type { Signer } from '@touchmark/crypto';
import {
  encodeName,
  encodeSigned,
  encodeTbsCertificate,
  extension,
  keyIdentifierOf,
  parseCertificate,
} from '@touchmark/x509';
import type { Certificate, GeneralName, KeyUsageBit, NameAttribute } from '@touchmark/x509';

/** What stands in any certificate. */
export interface TestCertificateFields {
  readonly subject?: readonly NameAttribute[];
  readonly serialNumber?: Uint8Array;
  readonly notBefore?: Date;
  /** Inclusive. */
  readonly notAfter?: Date;
  /** Further extensions, whole. */
  readonly extensionsDer?: readonly Uint8Array[];
}

/** What stands in the certificate of a device or server. */
export interface TestLeafFields extends TestCertificateFields {
  readonly subjectAltNames?: readonly GeneralName[];
  /** Object identifiers of key purposes; clientAuth unless told otherwise, none if empty. */
  readonly extendedKeyUsage?: readonly string[];
  readonly crlUrls?: readonly string[];
  readonly ocspUrls?: readonly string[];
}

export interface Issuer {
  readonly subjectDer: Uint8Array;
  readonly subjectKeyIdentifier: Uint8Array;
  readonly signer: Signer;
}

export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** Twenty octets, positive. */
export function testSerialNumber(): Uint8Array {
  const serialNumber = new Uint8Array(randomBytes(20));
  serialNumber[0] = ((serialNumber[0] ?? 0) & 0x3f) | 0x40;
  return serialNumber;
}

/** @param pathLength of basicConstraints; undefined is no limit */
export function caExtensions(subjectPublicKeyInfoDer: Uint8Array, pathLength: number | undefined): Uint8Array[] {
  return [
    extension.basicConstraints({ cA: true, pathLenConstraint: pathLength }),
    extension.keyUsage(['keyCertSign', 'cRLSign']),
    extension.subjectKeyIdentifier(keyIdentifierOf(subjectPublicKeyInfoDer)),
  ];
}

export function leafExtensions(subjectPublicKeyInfoDer: Uint8Array, fields: TestLeafFields): Uint8Array[] {
  const {
    subject,
    subjectAltNames = [],
    extendedKeyUsage = [rfc5280['id-kp-clientAuth']],
    crlUrls = [],
    ocspUrls = [],
  } = fields;
  // RSA keys encrypt the premaster secret in TLS 1.2; all others only sign.
  const usages: KeyUsageBit[] =
    parsePublicKey(subjectPublicKeyInfoDer).kind === 'rsa'
      ? ['digitalSignature', 'keyEncipherment']
      : ['digitalSignature'];
  return [
    extension.basicConstraints({ cA: false }),
    extension.keyUsage(usages),
    ...(extendedKeyUsage.length > 0 ? [extension.extendedKeyUsage(extendedKeyUsage)] : []),
    extension.subjectKeyIdentifier(keyIdentifierOf(subjectPublicKeyInfoDer)),
    ...(subjectAltNames.length > 0 ? [extension.subjectAltName(subjectAltNames, subject?.length === 0)] : []),
    ...(crlUrls.length > 0 ? [extension.crlDistributionPoints(crlUrls)] : []),
    ...(ocspUrls.length > 0 ? [extension.authorityInfoAccess({ ocsp: ocspUrls, caIssuers: [] })] : []),
  ];
}

/** Signs a certificate over the given extensions, an authorityKeyIdentifier and those of `fields`. */
export async function issueTestCertificate(
  issuer: Issuer,
  subjectPublicKeyInfoDer: Uint8Array,
  extensionsDer: readonly Uint8Array[],
  fields: TestCertificateFields & Validity,
): Promise<Certificate> {
  const { algorithmIdentifierDer } = issuer.signer.algorithm;
  const tbsCertificateDer = encodeTbsCertificate({
    serialNumber: fields.serialNumber ?? testSerialNumber(),
    signatureAlgorithmDer: algorithmIdentifierDer,
    issuerDer: issuer.subjectDer,
    notBefore: fields.notBefore,
    notAfter: fields.notAfter,
    subjectDer: encodeName(fields.subject ?? []),
    subjectPublicKeyInfoDer,
    extensionsDer: [
      ...extensionsDer,
      extension.authorityKeyIdentifier(issuer.subjectKeyIdentifier),
      ...(fields.extensionsDer ?? []),
    ],
  });
  const signature = await issuer.signer.sign(tbsCertificateDer);
  return parseCertificate(encodeSigned(tbsCertificateDer, algorithmIdentifierDer, signature));
}
