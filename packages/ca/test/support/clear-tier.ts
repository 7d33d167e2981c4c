/**
 * TBSCertificate of a profile, written again from classes that mirror the ASN.1 and from the words of the language alone: slow,
 * and without a line of what it is compared with.
 */
import { isIPv4 } from 'node:net';
import { createHash } from 'node:crypto';
import {
  AsnConvert,
  AsnIA5StringConverter,
  AsnPrintableStringConverter,
  AsnUtf8StringConverter,
  OctetString,
} from '@peculiar/asn1-schema';
import {
  AccessDescription,
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityInfoAccessSyntax,
  AuthorityKeyIdentifier,
  BasicConstraints,
  CertificatePolicies,
  CRLDistributionPoints,
  DisplayText,
  DistributionPoint,
  DistributionPointName,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  KeyIdentifier,
  KeyUsage,
  Name,
  PolicyInformation,
  PolicyQualifierInfo,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  UserNotice,
  Validity,
  Version,
} from '@peculiar/asn1-x509';
import type { ProfileRules } from '../../src/profile.ts';
import type { NameSources } from '../../src/profile/name-sources.ts';
import type { TestIssuer } from './certificates.ts';
import { publicUrl } from './certificates.ts';

const attributeOids: Readonly<Record<string, string>> = {
  commonName: '2.5.4.3',
  serialNumber: '2.5.4.5',
  countryName: '2.5.4.6',
  localityName: '2.5.4.7',
  organizationName: '2.5.4.10',
  organizationalUnitName: '2.5.4.11',
  title: '2.5.4.12',
};
const purposeOids: Readonly<Record<string, string>> = {
  clientAuth: '1.3.6.1.5.5.7.3.2',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  ipsecIKE: '1.3.6.1.5.5.7.3.17',
};
const usageNumbers: Readonly<Record<string, number>> = {
  digitalSignature: 1,
  nonRepudiation: 2,
  keyEncipherment: 4,
  dataEncipherment: 8,
  keyAgreement: 16,
};

export interface ClearTierInput {
  readonly rules: ProfileRules;
  readonly issuer: TestIssuer;
  readonly sources: NameSources;
  readonly serialNumber: Uint8Array;
  readonly subjectPublicKeyInfoDer: Uint8Array;
  readonly keyKind: 'ec' | 'rsa' | 'ed25519' | 'ml-dsa';
  readonly now: Date;
}

export function clearTier(input: ClearTierInput): Uint8Array {
  const { rules, issuer, sources, serialNumber, subjectPublicKeyInfoDer, now } = input;
  const subject = rules.subject.flatMap(({ attribute, value }) => {
    const text = fill(value, sources);
    return text === undefined ? [] : [{ attribute, text }];
  });
  const wanted = [
    ...rules.subjectAltName.fixed.flatMap(({ kind, value }) => {
      const text = fill(value, sources, kind === 'uri');
      return text === undefined ? [] : [{ kind, value: text }];
    }),
    ...sources.requested.subjectAltNames.flatMap((name) =>
      'value' in name && rules.subjectAltName.fromRequest.some((entry) => isAllowed(entry, name, sources))
        ? [{ kind: name.kind, value: name.value }]
        : [],
    ),
  ];
  const names = wanted.filter(
    ({ kind, value }, index) => wanted.findIndex((other) => other.kind === kind && other.value === value) === index,
  );
  const seconds = Math.floor(now.getTime() / 1000);
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: bufferOf(serialNumber),
    signature: parsed(issuer.signer.algorithm.algorithmIdentifierDer, AlgorithmIdentifier),
    issuer: parsed(issuer.certificate.subject.der, Name),
    validity: new Validity({
      notBefore: new Date((seconds - rules.validity.backdateSeconds) * 1000),
      notAfter: new Date((seconds + rules.validity.seconds - 1) * 1000),
    }),
    subject: new Name(subject.map(({ attribute, text }) => rdn(attribute, text))),
    subjectPublicKeyInfo: parsed(subjectPublicKeyInfoDer, SubjectPublicKeyInfo),
    extensions: new Extensions(extensionsOf(input, names, subject.length === 0)),
  });
  return new Uint8Array(AsnConvert.serialize(tbsCertificate));
}

function rdn(attribute: string, text: string): RelativeDistinguishedName {
  const printable = attribute === 'countryName' || attribute === 'serialNumber';
  return new RelativeDistinguishedName([
    new AttributeTypeAndValue({
      type: attributeOids[attribute]!,
      value: new AttributeValue(printable ? { printableString: text } : { utf8String: text }),
    }),
  ]);
}

function extensionsOf(
  { rules, issuer, sources, serialNumber, subjectPublicKeyInfoDer, keyKind }: ClearTierInput,
  names: readonly { kind: string; value: string }[],
  subjectIsEmpty: boolean,
): Extension[] {
  const extensions: Extension[] = [];
  const add = (extnID: string, critical: boolean, value: object | ArrayBuffer): void => {
    const content = value instanceof ArrayBuffer ? value : AsnConvert.serialize(value);
    extensions.push(new Extension({ extnID, critical, extnValue: new OctetString(content) }));
  };

  if (rules.basicConstraints !== 'absent') {
    add('2.5.29.19', rules.basicConstraints === 'critical', new BasicConstraints({ cA: false }));
  }
  const byDefault = keyKind === 'rsa' ? ['digitalSignature', 'keyEncipherment'] : ['digitalSignature'];
  const usage = (Array.isArray(rules.keyUsage) ? rules.keyUsage : rules.keyUsage?.[keyKind]) ?? byDefault;
  const flags = usage.reduce((sum, bit) => sum + usageNumbers[bit]!, 0);
  add('2.5.29.15', true, new KeyUsage(flags));
  if (rules.extendedKeyUsage.length > 0) {
    const purposes = rules.extendedKeyUsage.map((purpose) => purposeOids[purpose] ?? purpose);
    add('2.5.29.37', rules.extendedKeyUsageCritical, new ExtendedKeyUsage(purposes));
  }
  if (rules.certificatePolicies.length > 0) add('2.5.29.32', false, new CertificatePolicies(policiesOf(rules)));
  add(
    '2.5.29.35',
    false,
    new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(bufferOf(issuer.subjectKeyIdentifier)) }),
  );

  const shard = (serialNumber.at(-2)! * 256 + serialNumber.at(-1)!) % issuer.authority.crlShards;
  const url = (path: string): GeneralName => new GeneralName({ uniformResourceIdentifier: `${publicUrl}${path}` });
  const { crl, ocsp, caIssuers } = rules.statusUrls;
  if (crl) {
    const distributionPoint = new DistributionPointName({ fullName: [url(`/pki/issuing/${shard}.crl`)] });
    add('2.5.29.31', false, new CRLDistributionPoints([new DistributionPoint({ distributionPoint })]));
  }
  const descriptions = [
    ...(ocsp
      ? [new AccessDescription({ accessMethod: '1.3.6.1.5.5.7.48.1', accessLocation: url('/ocsp/issuing') })]
      : []),
    ...(caIssuers
      ? [new AccessDescription({ accessMethod: '1.3.6.1.5.5.7.48.2', accessLocation: url('/pki/issuing.cer') })]
      : []),
  ];
  if (descriptions.length > 0) add('1.3.6.1.5.5.7.1.1', false, new AuthorityInfoAccessSyntax(descriptions));

  for (const { oid, critical, encoding, value } of rules.extensions) {
    if (encoding === 'der') add(oid, critical, bufferOf(Buffer.from(value.replaceAll(' ', ''), 'hex')));
  }
  const key = parsed(subjectPublicKeyInfoDer, SubjectPublicKeyInfo).subjectPublicKey;
  const digest = createHash('sha256').update(new Uint8Array(key)).digest().subarray(0, 20);
  add('2.5.29.14', false, new SubjectKeyIdentifier(bufferOf(digest)));
  if (names.length > 0) {
    add('2.5.29.17', subjectIsEmpty, new SubjectAlternativeName(names.map(generalName)));
  }
  for (const { oid, critical, encoding, value } of rules.extensions) {
    const text = encoding === 'der' ? undefined : fill(value, sources);
    if (text !== undefined && encoding !== 'der') add(oid, critical, converters[encoding].toASN(text).toBER());
  }
  return extensions;
}

const converters = {
  utf8String: AsnUtf8StringConverter,
  ia5String: AsnIA5StringConverter,
  printableString: AsnPrintableStringConverter,
};

function policiesOf({ certificatePolicies }: ProfileRules): PolicyInformation[] {
  return certificatePolicies.map(({ oid, cps, userNotice }) => {
    const qualifiers = [
      ...(cps === undefined
        ? []
        : [
            new PolicyQualifierInfo({
              policyQualifierId: '1.3.6.1.5.5.7.2.1',
              qualifier: AsnIA5StringConverter.toASN(cps).toBER(),
            }),
          ]),
      ...(userNotice === undefined
        ? []
        : [
            new PolicyQualifierInfo({
              policyQualifierId: '1.3.6.1.5.5.7.2.2',
              qualifier: AsnConvert.serialize(
                new UserNotice({ explicitText: new DisplayText({ utf8String: userNotice }) }),
              ),
            }),
          ]),
    ];
    return new PolicyInformation({
      policyIdentifier: oid,
      ...(qualifiers.length === 0 ? {} : { policyQualifiers: qualifiers }),
    });
  });
}

function generalName({ kind, value }: { kind: string; value: string }): GeneralName {
  switch (kind) {
    case 'dns':
      return new GeneralName({ dNSName: value });
    case 'email':
      return new GeneralName({ rfc822Name: value });
    case 'uri':
      return new GeneralName({ uniformResourceIdentifier: value });
    case 'ip':
      return new GeneralName({ iPAddress: value });
    default:
      throw new Error(`no ${kind}`);
  }
}

function valueOf(name: string, { deviceId, device, requested }: NameSources): string | undefined {
  if (name === 'device.id') return deviceId;
  if (name === 'device.role') return device?.role;
  if (name === 'device.segment') return device?.segment;
  if (name === 'request.commonName') return requested.commonName;
  return device?.fields[name.replace('device.', '')];
}

function fill(template: string, sources: NameSources, isUri = false): string | undefined {
  const alone = /^\{[^{}]+\}$/.test(template);
  let isMissing = false;
  const text = template.replaceAll(/\{([^{}]+)\}/g, (_whole, name: string) => {
    const value = valueOf(name, sources);
    isMissing ||= value === undefined;
    if (!isUri || alone) return value ?? '';
    return Array.from(value ?? '', (character) =>
      /[\w.~!$&'()*+,;=:@-]/.test(character) ? character : encodeURIComponent(character),
    ).join('');
  });
  return isMissing ? undefined : text;
}

function isAllowed(
  entry: ProfileRules['subjectAltName']['fromRequest'][number],
  { kind, value }: { kind: string; value: string },
  sources: NameSources,
): boolean {
  if (entry.kind !== kind) return false;
  const { allow } = entry;
  if (allow === undefined) return true;
  const same = (one: string, other: string): boolean =>
    kind === 'dns' ? one.toLowerCase() === other.toLowerCase() : one === other;
  return (
    (allow.values ?? []).some((template) => same(fill(template, sources) ?? '', value)) ||
    (allow.registered ?? []).some((field) =>
      (sources.device?.fields[field] ?? '').split(/[ ,]+/).some((own) => same(own, value)),
    ) ||
    (allow.networks ?? []).some((network) => isIPv4(value) && value.startsWith(network.replace(/0\/24$/, ''))) ||
    (allow.patterns ?? []).some((pattern) =>
      new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('#', '[0-9]').replaceAll('*', '[^.]+')}$`, 'i').test(
        value,
      ),
    )
  );
}

const parsedBefore = new WeakMap<Uint8Array, unknown>();

/** Authorities and keys are the same again and again. */
function parsed<T>(bytes: Uint8Array, type: new () => T): T {
  const known = parsedBefore.get(bytes);
  if (known instanceof type) return known;
  const value = AsnConvert.parse(bufferOf(bytes), type);
  parsedBefore.set(bytes, value);
  return value;
}

function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
