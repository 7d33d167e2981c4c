/** Good to-be-signed certificates, and the same with one thing altered. */
import { der, fromHex } from '@touchmark/asn1';
import {
  accessDescription,
  authorityKeyIdentifier,
  deviceName,
  distributionPoint,
  dns,
  ecdsaWithSha256,
  encodeExtension,
  extension,
  idAdCaIssuers,
  idAdOcsp,
  issuerName,
  keyIdentifier,
  spki,
  uri,
  withExtension,
  type ExtensionPart,
} from './parts.ts';

export interface CertificateParts {
  readonly version: Uint8Array | undefined;
  readonly serialNumber: Uint8Array;
  readonly signature: Uint8Array;
  readonly issuer: Uint8Array;
  readonly notBefore: Uint8Array;
  readonly notAfter: Uint8Array;
  readonly subject: Uint8Array;
  readonly subjectPublicKeyInfo: Uint8Array;
  readonly uniqueIdentifiers: readonly Uint8Array[];
  /** Undefined: no extensions field. */
  readonly extensions: readonly ExtensionPart[] | undefined;
}

const purpose = (last: number): Uint8Array => der.oid(`1.3.6.1.5.5.7.3.${last}`);

/** What a factory's device gets: P-256, clientAuth. */
export const leaf: CertificateParts = {
  version: der.explicit(0, der.integer(2)),
  serialNumber: der.integerBytes(fromHex('4f1e2d3c4b5a69788796a5b4c3d2e1f001122334')),
  signature: ecdsaWithSha256,
  issuer: issuerName,
  notBefore: der.utcTime(new Date('2026-03-01T10:00:00Z')),
  notAfter: der.utcTime(new Date('2027-03-01T09:59:59Z')),
  subject: deviceName,
  subjectPublicKeyInfo: spki.p256,
  uniqueIdentifiers: [],
  extensions: [
    extension('2.5.29.19', der.sequence(), true),
    extension('2.5.29.15', der.namedBits([0]), true),
    extension('2.5.29.37', der.sequence(purpose(2))),
    extension('2.5.29.35', authorityKeyIdentifier),
    extension('2.5.29.31', der.sequence(distributionPoint('http://pki.example.com/pki/issuing.crl'))),
    extension(
      '1.3.6.1.5.5.7.1.1',
      der.sequence(
        accessDescription(idAdOcsp, uri('http://pki.example.com/ocsp/issuing')),
        accessDescription(idAdCaIssuers, uri('http://pki.example.com/pki/issuing.cer')),
      ),
    ),
    extension('2.5.29.14', der.octetString(keyIdentifier)),
    extension('2.5.29.17', der.sequence(dns('sensor-0001.plant.example.com'))),
  ],
};

/** An issuing CA under a root. */
export const ca: CertificateParts = {
  ...leaf,
  subject: issuerName,
  issuer: deviceName,
  extensions: [
    extension('2.5.29.19', der.sequence(der.boolean(true), der.integer(0)), true),
    extension('2.5.29.15', der.namedBits([5, 6]), true),
    extension('2.5.29.14', der.octetString(keyIdentifier)),
    extension('2.5.29.35', authorityKeyIdentifier),
  ],
};

/** A self-signed root: no authorityKeyIdentifier. */
export const root: CertificateParts = {
  ...ca,
  issuer: issuerName,
  notAfter: der.generalizedTime(new Date('2051-01-01T00:00:00Z')),
  extensions: [
    extension('2.5.29.19', der.sequence(der.boolean(true)), true),
    extension('2.5.29.15', der.namedBits([5, 6]), true),
    extension('2.5.29.14', der.octetString(keyIdentifier)),
  ],
};

/** A delegated OCSP responder. */
export const responder: CertificateParts = including(
  including(leaf, extension('2.5.29.37', der.sequence(purpose(9)))),
  extension('1.3.6.1.5.5.7.48.1.5', der.null()),
);

export function tbsCertificate(base: CertificateParts, changes: Partial<CertificateParts> = {}): Uint8Array {
  const parts = { ...base, ...changes };
  return der.sequence(
    ...(parts.version === undefined ? [] : [parts.version]),
    parts.serialNumber,
    parts.signature,
    parts.issuer,
    der.sequence(parts.notBefore, parts.notAfter),
    parts.subject,
    parts.subjectPublicKeyInfo,
    ...parts.uniqueIdentifiers,
    ...(parts.extensions === undefined
      ? []
      : [der.explicit(3, der.sequence(...parts.extensions.map(encodeExtension)))]),
  );
}

/** The base with one extension replaced or added. */
export function including(base: CertificateParts, part: ExtensionPart): CertificateParts {
  return { ...base, extensions: withExtension(base.extensions ?? [], part) };
}

export function without(base: CertificateParts, oid: string): CertificateParts {
  return { ...base, extensions: (base.extensions ?? []).filter((part) => part.oid !== oid) };
}
