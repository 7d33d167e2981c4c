/** Attribute types of distinguished names: how we encode them and how RFC 4514 writes them. */
import { der, rfc5280 } from '@touchmark/asn1';

interface AttributeType {
  readonly oid: string;
  readonly encode: (value: string) => Uint8Array;
  /** The short name where there is one (RFC 4514 §3), else the descriptor registered for LDAP. */
  readonly descriptor: string;
  readonly maxLength: number;
}

const { utf8String, printableString, ia5String } = der;

/** Upper bounds in characters: RFC 5280 Appendix A.1, elsewhere those of X.520. */
const types = {
  commonName: { oid: rfc5280['id-at-commonName'], encode: utf8String, descriptor: 'CN', maxLength: 64 },
  surname: { oid: rfc5280['id-at-surname'], encode: utf8String, descriptor: 'sn', maxLength: 32768 },
  givenName: { oid: rfc5280['id-at-givenName'], encode: utf8String, descriptor: 'givenName', maxLength: 32768 },
  serialNumber: {
    oid: rfc5280['id-at-serialNumber'],
    encode: printableString,
    descriptor: 'serialNumber',
    maxLength: 64,
  },
  countryName: { oid: rfc5280['id-at-countryName'], encode: printableString, descriptor: 'C', maxLength: 2 },
  localityName: { oid: rfc5280['id-at-localityName'], encode: utf8String, descriptor: 'L', maxLength: 128 },
  stateOrProvinceName: {
    oid: rfc5280['id-at-stateOrProvinceName'],
    encode: utf8String,
    descriptor: 'ST',
    maxLength: 128,
  },
  streetAddress: { oid: '2.5.4.9', encode: utf8String, descriptor: 'STREET', maxLength: 128 },
  organizationName: { oid: rfc5280['id-at-organizationName'], encode: utf8String, descriptor: 'O', maxLength: 64 },
  organizationalUnitName: {
    oid: rfc5280['id-at-organizationalUnitName'],
    encode: utf8String,
    descriptor: 'OU',
    maxLength: 64,
  },
  title: { oid: rfc5280['id-at-title'], encode: utf8String, descriptor: 'title', maxLength: 64 },
  dnQualifier: { oid: rfc5280['id-at-dnQualifier'], encode: printableString, descriptor: 'dnQualifier', maxLength: 64 },
  pseudonym: { oid: rfc5280['id-at-pseudonym'], encode: utf8String, descriptor: 'pseudonym', maxLength: 128 },
  domainComponent: { oid: rfc5280['id-domainComponent'], encode: ia5String, descriptor: 'DC', maxLength: 63 },
  userId: { oid: '0.9.2342.19200300.100.1.1', encode: utf8String, descriptor: 'UID', maxLength: 256 },
  emailAddress: { oid: rfc5280['id-emailAddress'], encode: ia5String, descriptor: 'emailAddress', maxLength: 255 },
} as const satisfies Record<string, AttributeType>;

export type AttributeName = keyof typeof types;

export const attributeTypes: Readonly<Record<AttributeName, AttributeType>> = types;

const descriptors = new Map(Object.values(types).map(({ oid, descriptor }) => [oid as string, descriptor as string]));

export function descriptorOf(oid: string): string | undefined {
  return descriptors.get(oid);
}
