/** CsrAttrs (RFC 7030 §4.5.2, RFC 9908): what the server tells clients to put into their requests. */
import { contextTag, der, rfc2985, rfc5480, rfc8017, rfc8410, rfc9881, rfc9908 } from '@touchmark/asn1';
import type { ProfileRules } from '@touchmark/ca';
import type { KeyAlgorithmName } from '@touchmark/crypto';
import { attributeTypes } from '@touchmark/x509';

export type SubjectAttributeName = ProfileRules['subject'][number]['attribute'];

export interface CsrAttributes {
  /**
   * `list`: the OIDs and attributes of RFC 7030, which every deployed client reads, or at least skips over. `template`:
   * CertificationRequestInfoTemplate (RFC 9908 §3.4), exact, for the clients known to read it. Default `list`.
   */
  readonly form?: 'list' | 'template' | undefined;
  /** In the order of preference. Only the first is told: both forms have room for one. */
  readonly keyAlgorithms: readonly KeyAlgorithmName[];
  /** Attributes that the subject of a request must have. */
  readonly subjectAttributes: readonly SubjectAttributeName[];
  /** Extensions to ask for. Without `valueDer` the client fills the value in. */
  readonly extensions: readonly CsrExtension[];
  /** Ask for the channel binding in challengePassword (RFC 7030 §3.5). */
  readonly channelBinding: boolean;
}

export interface CsrExtension {
  readonly oid: string;
  readonly critical?: boolean | undefined;
  /** What is inside extnValue. */
  readonly valueDer?: Uint8Array | undefined;
}

/** CsrAttrs in DER; undefined when there is nothing to say. */
export function encodeCsrAttributes(attributes: CsrAttributes): Uint8Array | undefined {
  // CsrAttrs ::= SEQUENCE SIZE (0..MAX) OF AttrOrOID
  const elements = attributes.form === 'template' ? template(attributes) : list(attributes);
  // RFC 7030 §4.5.2: a server that wants identity and proof of possession linked includes this OID.
  if (attributes.channelBinding) elements.unshift(der.oid(rfc2985['pkcs-9-at-challengePassword']));
  return elements.length === 0 ? undefined : der.sequence(...elements);
}

/**
 * AttrOrOID ::= CHOICE { oid OBJECT IDENTIFIER, attribute Attribute }. What has a value is an attribute, what the client
 * fills in is an OID. One extensionRequest at most, with whole extensions only (RFC 9908 §3.2).
 */
function list({ keyAlgorithms, subjectAttributes, extensions }: CsrAttributes): Uint8Array[] {
  const valued = extensions.filter((extension) => extension.valueDer !== undefined);
  const unvalued = extensions.filter((extension) => extension.valueDer === undefined);
  return [
    ...keyAlgorithms.slice(0, 1).map(keyAttribute),
    ...subjectAttributes.map((name) => der.oid(attributeTypes[name].oid)),
    ...unvalued.map((extension) => der.oid(extension.oid)),
    ...(valued.length > 0 ? [extensionRequest(rfc2985['pkcs-9-at-extensionRequest'], valued)] : []),
  ];
}

/** RFC 9908 §3.2: exactly one attribute names the type of key; its value the curve, or the size of an RSA modulus. */
function keyAttribute(name: KeyAlgorithmName): Uint8Array {
  const { type, curve, modulusBits } = keyForms[name];
  if (curve !== undefined) return attribute(type, der.oid(curve));
  return modulusBits === undefined ? attribute(type) : attribute(type, der.integer(modulusBits));
}

/**
 * CertificationRequestInfoTemplate ::= SEQUENCE { version INTEGER, subject NameTemplate OPTIONAL,
 *   subjectPKInfo [0] SubjectPublicKeyInfoTemplate OPTIONAL, attributes [1] Attributes }
 */
function template({ keyAlgorithms, subjectAttributes, extensions }: CsrAttributes): Uint8Array[] {
  if (keyAlgorithms.length + subjectAttributes.length + extensions.length === 0) return [];
  // A name part without a value is for the client to fill in.
  const subject = subjectAttributes.map((name) => der.set(der.sequence(der.oid(attributeTypes[name].oid))));
  // Extensions without a value exist in the template's own form only, and the two never go together (RFC 9908 §3.4).
  const whole = extensions.every((extension) => extension.valueDer !== undefined);
  const requestType = whole ? rfc2985['pkcs-9-at-extensionRequest'] : rfc9908['id-aa-extensionReqTemplate'];
  const criAttributes = extensions.length > 0 ? [extensionRequest(requestType, extensions)] : [];
  const information = der.sequence(
    der.integer(0),
    ...(subject.length > 0 ? [der.sequence(...subject)] : []),
    ...keyAlgorithms.slice(0, 1).map((name) => der.explicit(0, ...keyTemplate(keyForms[name]))),
    der.retag(contextTag(1, true), der.set(...criAttributes)),
  );
  return [attribute(rfc9908['id-aa-certificationRequestInfoTemplate'], information)];
}

/** Fields of SubjectPublicKeyInfoTemplate, which is tagged [0] IMPLICIT: the key is there only to show the size of an RSA modulus. */
function keyTemplate({ type, curve, modulusBits }: KeyForm): Uint8Array[] {
  if (curve !== undefined) return [der.sequence(der.oid(type), der.oid(curve))];
  if (modulusBits === undefined) return [der.sequence(der.oid(type))];
  const modulus = new Uint8Array(modulusBits / 8).fill(0xff);
  const placeholder = der.sequence(der.integerBytes(Uint8Array.of(0, ...modulus)), der.integer(65537));
  return [der.sequence(der.oid(type), der.null()), der.bitString(placeholder)];
}

/** Extensions, or ExtensionTemplates, whose extnValue may be absent. */
function extensionRequest(type: string, extensions: readonly CsrExtension[]): Uint8Array {
  const encoded = extensions.map(({ oid, critical = false, valueDer }) =>
    der.sequence(
      der.oid(oid),
      ...(critical ? [der.boolean(true)] : []),
      ...(valueDer === undefined ? [] : [der.octetString(valueDer)]),
    ),
  );
  return attribute(type, der.sequence(...encoded));
}

function attribute(type: string, ...values: readonly Uint8Array[]): Uint8Array {
  return der.sequence(der.oid(type), der.set(...values));
}

interface KeyForm {
  readonly type: string;
  readonly curve?: string;
  readonly modulusBits?: number;
}

const keyForms: Readonly<Record<KeyAlgorithmName, KeyForm>> = {
  'ec-p256': { type: rfc5480['id-ecPublicKey'], curve: rfc5480.secp256r1 },
  'ec-p384': { type: rfc5480['id-ecPublicKey'], curve: rfc5480.secp384r1 },
  'ec-p521': { type: rfc5480['id-ecPublicKey'], curve: rfc5480.secp521r1 },
  'rsa-2048': { type: rfc8017.rsaEncryption, modulusBits: 2048 },
  'rsa-3072': { type: rfc8017.rsaEncryption, modulusBits: 3072 },
  'rsa-4096': { type: rfc8017.rsaEncryption, modulusBits: 4096 },
  ed25519: { type: rfc8410['id-Ed25519'] },
  'ml-dsa-44': { type: rfc9881['id-ml-dsa-44'] },
  'ml-dsa-65': { type: rfc9881['id-ml-dsa-65'] },
  'ml-dsa-87': { type: rfc9881['id-ml-dsa-87'] },
};
