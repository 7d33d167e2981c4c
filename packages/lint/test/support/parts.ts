/** Building blocks for to-be-signed structures that may be wrong in any one place, on the raw DER writer. */
import { der, fromHex } from '@touchmark/asn1';

export interface ExtensionPart {
  readonly oid: string;
  /** `explicitFalse` writes the default out. */
  readonly critical: boolean | 'explicitFalse';
  readonly value: Uint8Array;
}

export function extension(oid: string, value: Uint8Array, critical: ExtensionPart['critical'] = false): ExtensionPart {
  return { oid, critical, value };
}

export function encodeExtension({ oid, critical, value }: ExtensionPart): Uint8Array {
  const flag = critical === false ? [] : [der.boolean(critical === true)];
  return der.sequence(der.oid(oid), ...flag, der.octetString(value));
}

/** The list with one extension put in its place, or added. */
export function withExtension(list: readonly ExtensionPart[], part: ExtensionPart): ExtensionPart[] {
  return list.some(({ oid }) => oid === part.oid)
    ? list.map((present) => (present.oid === part.oid ? part : present))
    : [...list, part];
}

export const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

/** One attribute per RDN. */
export function name(...attributes: readonly (readonly [oid: string, value: Uint8Array])[]): Uint8Array {
  return der.sequence(...attributes.map(([oid, value]) => der.set(der.sequence(der.oid(oid), value))));
}

export const attribute = {
  countryName: '2.5.4.6',
  commonName: '2.5.4.3',
  organizationName: '2.5.4.10',
  serialNumber: '2.5.4.5',
  domainComponent: '0.9.2342.19200300.100.1.25',
  emailAddress: '1.2.840.113549.1.9.1',
} as const;

export const issuerName = name(
  [attribute.countryName, der.printableString('DE')],
  [attribute.organizationName, der.utf8String('Example Works')],
  [attribute.commonName, der.utf8String('Example Issuing CA')],
);

export const deviceName = name([attribute.commonName, der.utf8String('sensor-0001')]);

export const dns = (text: string): Uint8Array => der.implicit(2, ascii(text));
export const uri = (text: string): Uint8Array => der.implicit(6, ascii(text));
export const email = (text: string): Uint8Array => der.implicit(1, ascii(text));
export const ip = (...octets: number[]): Uint8Array => der.implicit(7, Uint8Array.from(octets));
export const directoryName = (nameDer: Uint8Array): Uint8Array => der.explicit(4, nameDer);
export const otherName = (oid: string, value: Uint8Array): Uint8Array =>
  der.context(0, { constructed: true }, der.oid(oid), der.explicit(0, value));

export const keyIdentifier = fromHex('00112233445566778899aabbccddeeff00112233');
export const authorityKeyIdentifier = der.sequence(der.implicit(0, keyIdentifier));

export const ecdsaWithSha256 = der.sequence(der.oid('1.2.840.10045.4.3.2'));

/** SubjectPublicKeyInfo of made-up keys: lint looks at the form; whether a point is on its curve is key policy. */
export const spki = {
  p256: ecKey('1.2.840.10045.3.1.7', 0x04, 64),
  rsa: rsaKey(der.sequence(der.integerBytes(Uint8Array.of(0, ...new Uint8Array(256).fill(0xc1))), der.integer(65537))),
  ed25519: der.sequence(der.sequence(der.oid('1.3.101.112')), der.bitString(new Uint8Array(32).fill(7))),
  mlDsa44: der.sequence(der.sequence(der.oid('2.16.840.1.101.3.4.3.17')), der.bitString(new Uint8Array(1312).fill(7))),
};

export function ecKey(curve: string, form: number, octets: number): Uint8Array {
  const parameters = der.sequence(der.oid('1.2.840.10045.2.1'), der.oid(curve));
  return der.sequence(parameters, der.bitString(Uint8Array.of(form, ...new Uint8Array(octets).fill(0x5a))));
}

export function rsaKey(key: Uint8Array, parameters: Uint8Array = der.null()): Uint8Array {
  return der.sequence(der.sequence(der.oid('1.2.840.113549.1.1.1'), parameters), der.bitString(key));
}

/** DistributionPoint with one URI. */
export function distributionPoint(url: string, ...more: readonly Uint8Array[]): Uint8Array {
  return der.sequence(der.explicit(0, der.explicit(0, uri(url))), ...more);
}

export function accessDescription(method: string, location: Uint8Array): Uint8Array {
  return der.sequence(der.oid(method), location);
}

export const idAdOcsp = '1.3.6.1.5.5.7.48.1';
export const idAdCaIssuers = '1.3.6.1.5.5.7.48.2';
