/** Extensions (RFC 5280 §4.2, §5.2) in words. */
import { oidName, rfc5280, toHex } from '@touchmark/asn1';
import {
  parseAuthorityInfoAccess,
  parseAuthorityKeyIdentifier,
  parseBasicConstraints,
  parseCertificatePolicies,
  parseCrlDistributionPoints,
  parseCrlNumber,
  parseExtendedKeyUsage,
  parseGeneralNames,
  parseIssuingDistributionPoint,
  parseKeyUsage,
  parseSubjectKeyIdentifier,
} from '@touchmark/x509';
import type { Extension, GeneralName } from '@touchmark/x509';
import { formatName } from '@touchmark/x509';

export interface ExtensionDescription {
  readonly oid: string;
  readonly name: string;
  readonly critical: boolean;
  /** Readable; undefined when this program does not know the extension or cannot read it. */
  readonly text: readonly string[] | undefined;
  readonly valueHex: string;
}

type Reader = (value: Uint8Array) => readonly string[];

const readers: Readonly<Record<string, Reader>> = {
  [rfc5280['id-ce-basicConstraints']]: (value) => {
    const { cA, pathLenConstraint } = parseBasicConstraints(value);
    return [cA ? `CA, path length ${pathLenConstraint ?? 'unlimited'}` : 'not a CA'];
  },
  [rfc5280['id-ce-keyUsage']]: (value) => [...parseKeyUsage(value)],
  [rfc5280['id-ce-extKeyUsage']]: (value) => parseExtendedKeyUsage(value).map((oid) => shortName(oid)),
  [rfc5280['id-ce-subjectAltName']]: (value) => parseGeneralNames(value).map(formatGeneralName),
  [rfc5280['id-ce-cRLDistributionPoints']]: (value) => [
    ...parseCrlDistributionPoints(value).flatMap(({ urls }) => urls),
  ],
  [rfc5280['id-pe-authorityInfoAccess']]: (value) => {
    const { ocsp, caIssuers } = parseAuthorityInfoAccess(value);
    return [...ocsp.map((url) => `OCSP ${url}`), ...caIssuers.map((url) => `CA issuers ${url}`)];
  },
  [rfc5280['id-ce-subjectKeyIdentifier']]: (value) => [toHex(parseSubjectKeyIdentifier(value))],
  [rfc5280['id-ce-authorityKeyIdentifier']]: (value) => {
    const { keyIdentifier } = parseAuthorityKeyIdentifier(value);
    return keyIdentifier === undefined ? [] : [toHex(keyIdentifier)];
  },
  [rfc5280['id-ce-certificatePolicies']]: (value) => parseCertificatePolicies(value),
  [rfc5280['id-ce-cRLNumber']]: (value) => [parseCrlNumber(value).toString()],
  [rfc5280['id-ce-issuingDistributionPoint']]: describeScope,
};

function describeScope(value: Uint8Array): readonly string[] {
  const { urls, onlySomeReasons, ...scope } = parseIssuingDistributionPoint(value);
  const flags = Object.entries(scope).flatMap(([name, flag]) => (flag === true ? [name] : []));
  return [
    ...urls,
    ...flags,
    ...(onlySomeReasons === undefined ? [] : [`onlySomeReasons ${onlySomeReasons.join(', ')}`]),
  ];
}

/** An extension that cannot be read is shown in hex, not refused: whoever inspects wants to see it all the more. */
export function describeExtension({ oid, critical, value }: Extension): ExtensionDescription {
  return { oid, name: shortName(oid), critical, text: read(readers[oid], value), valueHex: toHex(value) };
}

export function formatGeneralName(name: GeneralName): string {
  switch (name.kind) {
    case 'dns':
    case 'uri':
    case 'email':
    case 'ip':
      return `${name.kind}:${name.value}`;
    case 'directoryName':
      return `dn:${formatName(name.name)}`;
    case 'registeredId':
      return `oid:${name.oid}`;
    case 'other':
      return `other:${toHex(name.der)}`;
  }
}

/** `keyUsage` for `id-ce-keyUsage`. */
export function shortName(oid: string): string {
  return (oidName(oid) ?? oid).replace(/^id-(?:ce|pe|kp|pkix|ad)-/, '');
}

function read(reader: Reader | undefined, value: Uint8Array): readonly string[] | undefined {
  try {
    return reader?.(value);
  } catch {
    return undefined;
  }
}
