/** Good to-be-signed CRLs, and the same with one thing altered. */
import { der, fromHex } from '@touchmark/asn1';
import {
  authorityKeyIdentifier,
  ecdsaWithSha256,
  encodeExtension,
  extension,
  issuerName,
  uri,
  withExtension,
  type ExtensionPart,
} from './parts.ts';

export interface CrlParts {
  readonly version: Uint8Array | undefined;
  readonly signature: Uint8Array;
  readonly issuer: Uint8Array;
  readonly thisUpdate: Uint8Array;
  readonly nextUpdate: Uint8Array | undefined;
  /** Undefined: no revokedCertificates field. */
  readonly entries: readonly Uint8Array[] | undefined;
  readonly extensions: readonly ExtensionPart[] | undefined;
}

export interface EntryParts {
  readonly serialNumber: Uint8Array;
  readonly revocationDate: Uint8Array;
  /** Undefined: no crlEntryExtensions field. */
  readonly extensions: readonly ExtensionPart[] | undefined;
}

export const entryOf = (changes: Partial<EntryParts> = {}): Uint8Array => {
  const parts: EntryParts = {
    serialNumber: der.integerBytes(fromHex('0102030405')),
    revocationDate: der.utcTime(new Date('2026-02-28T12:00:00Z')),
    extensions: [
      extension('2.5.29.21', der.enumerated(1)),
      extension('2.5.29.24', der.generalizedTime(new Date('2026-02-01T00:00:00Z'))),
    ],
    ...changes,
  };
  const extensions = parts.extensions === undefined ? [] : [der.sequence(...parts.extensions.map(encodeExtension))];
  return der.sequence(parts.serialNumber, parts.revocationDate, ...extensions);
};

export const entryWithSerial = (hex: string): Uint8Array =>
  entryOf({ serialNumber: der.integerBytes(fromHex(hex)), extensions: undefined });

export const fullCrl: CrlParts = {
  version: der.integer(1),
  signature: ecdsaWithSha256,
  issuer: issuerName,
  thisUpdate: der.utcTime(new Date('2026-03-01T00:00:00Z')),
  nextUpdate: der.utcTime(new Date('2026-03-08T00:00:00Z')),
  entries: [entryWithSerial('01'), entryOf()],
  extensions: [
    extension('2.5.29.35', authorityKeyIdentifier),
    extension('2.5.29.20', der.integer(42)),
    extension(
      '2.5.29.28',
      der.sequence(der.explicit(0, der.explicit(0, uri('http://pki.example.com/pki/issuing.crl')))),
      true,
    ),
  ],
};

export const deltaCrl: CrlParts = includingInCrl(fullCrl, extension('2.5.29.27', der.integer(41), true));

export function includingInCrl(base: CrlParts, part: ExtensionPart): CrlParts {
  return { ...base, extensions: withExtension(base.extensions ?? [], part) };
}

export function withoutInCrl(base: CrlParts, oid: string): CrlParts {
  return { ...base, extensions: (base.extensions ?? []).filter((part) => part.oid !== oid) };
}

export function tbsCertList(base: CrlParts, changes: Partial<CrlParts> = {}): Uint8Array {
  const parts = { ...base, ...changes };
  return der.sequence(
    ...(parts.version === undefined ? [] : [parts.version]),
    parts.signature,
    parts.issuer,
    parts.thisUpdate,
    ...(parts.nextUpdate === undefined ? [] : [parts.nextUpdate]),
    ...(parts.entries === undefined ? [] : [der.sequence(...parts.entries)]),
    ...(parts.extensions === undefined
      ? []
      : [der.explicit(0, der.sequence(...parts.extensions.map(encodeExtension)))]),
  );
}
