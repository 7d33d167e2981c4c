/** A device as a service sees it: the identity in a certificate that was proven in a TLS handshake. */
import { commonNameOf, formatName, subjectAltNamesOf } from '@touchmark/x509';
import type { Certificate, GeneralName } from '@touchmark/x509';
import { fingerprintOf } from './issuing-certificates.ts';

export interface Device {
  /** The commonName of the subject, unless `deviceIdOf` says otherwise. */
  readonly id: string;
  readonly certificate: DeviceCertificate;
}

export interface DeviceCertificate {
  readonly der: Uint8Array;
  readonly serialNumberHex: string;
  /** RFC 4514 form. */
  readonly subject: string;
  readonly issuer: string;
  readonly subjectAltNames: readonly GeneralName[];
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SHA-256 of the certificate, lower-case hex. */
  readonly fingerprint: string;
}

export type DeviceIdOf = (certificate: Certificate) => string | undefined;

/** The default: profiles write the id of the device there. */
export const deviceIdOfCommonName: DeviceIdOf = (certificate) => commonNameOf(certificate.subject);

export function describeCertificate(certificate: Certificate): DeviceCertificate {
  return {
    der: certificate.der,
    serialNumberHex: certificate.serialNumberHex,
    subject: formatName(certificate.subject),
    issuer: formatName(certificate.issuer),
    subjectAltNames: subjectAltNamesOf(certificate),
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    fingerprint: fingerprintOf(certificate.der),
  };
}
