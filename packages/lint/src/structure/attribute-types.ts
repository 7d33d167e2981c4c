/** Naming attributes of RFC 5280 Appendix A.1 with their syntax and upper bounds (in characters). */

export interface AttributeType {
  readonly name: string;
  readonly syntax: 'directoryString' | 'printableString' | 'ia5String';
  readonly upperBound: number;
}

export const countryName = '2.5.4.6';

export const attributeTypes: Readonly<Record<string, AttributeType>> = {
  '2.5.4.3': { name: 'commonName', syntax: 'directoryString', upperBound: 64 },
  '2.5.4.4': { name: 'surname', syntax: 'directoryString', upperBound: 32768 },
  '2.5.4.5': { name: 'serialNumber', syntax: 'printableString', upperBound: 64 },
  [countryName]: { name: 'countryName', syntax: 'printableString', upperBound: 2 },
  '2.5.4.7': { name: 'localityName', syntax: 'directoryString', upperBound: 128 },
  '2.5.4.8': { name: 'stateOrProvinceName', syntax: 'directoryString', upperBound: 128 },
  '2.5.4.10': { name: 'organizationName', syntax: 'directoryString', upperBound: 64 },
  '2.5.4.11': { name: 'organizationalUnitName', syntax: 'directoryString', upperBound: 64 },
  '2.5.4.12': { name: 'title', syntax: 'directoryString', upperBound: 64 },
  '2.5.4.41': { name: 'name', syntax: 'directoryString', upperBound: 32768 },
  '2.5.4.42': { name: 'givenName', syntax: 'directoryString', upperBound: 32768 },
  '2.5.4.43': { name: 'initials', syntax: 'directoryString', upperBound: 32768 },
  '2.5.4.44': { name: 'generationQualifier', syntax: 'directoryString', upperBound: 32768 },
  '2.5.4.46': { name: 'dnQualifier', syntax: 'printableString', upperBound: Number.POSITIVE_INFINITY },
  '2.5.4.65': { name: 'pseudonym', syntax: 'directoryString', upperBound: 128 },
  '0.9.2342.19200300.100.1.25': { name: 'domainComponent', syntax: 'ia5String', upperBound: Number.POSITIVE_INFINITY },
  '1.2.840.113549.1.9.1': { name: 'emailAddress', syntax: 'ia5String', upperBound: 255 },
};
