/** CertificationRequest, written and signed (RFC 2986), for clients. */
import { contextTag, der, rfc2985 } from '@touchmark/asn1';
import type { Signer } from '@touchmark/crypto';
import { encodeSubjectAltName } from '../extensions/subject-alt-name.ts';
import type { GeneralName } from '../names/general-name.ts';
import { encodeName } from '../names/name.ts';
import type { NameAttribute } from '../names/name.ts';
import { encodeSigned } from '../signed.ts';

export interface CertificationRequestFields {
  /** By default empty. */
  readonly subject?: readonly NameAttribute[] | undefined;
  /** A subject that is encoded already, such as that of a certificate to renew; instead of `subject`. */
  readonly subjectDer?: Uint8Array | undefined;
  readonly subjectAltNames?: readonly GeneralName[] | undefined;
  /** Further extensions to ask for, whole. */
  readonly extensionsDer?: readonly Uint8Array[] | undefined;
  readonly challengePassword?: string | undefined;
  readonly signer: Signer;
}

/** The whole request in DER. Throws NameError for names that cannot be encoded. */
export async function createCertificationRequest(fields: CertificationRequestFields): Promise<Uint8Array> {
  const { signer } = fields;
  const certificationRequestInfoDer = encodeCertificationRequestInfo(fields);
  const signature = await signer.sign(certificationRequestInfoDer);
  return encodeSigned(certificationRequestInfoDer, signer.algorithm.algorithmIdentifierDer, signature);
}

function encodeCertificationRequestInfo(fields: CertificationRequestFields): Uint8Array {
  const { subject = [], subjectDer = encodeName(subject), subjectAltNames = [], challengePassword } = fields;
  const extensionsDer = [...(fields.extensionsDer ?? [])];
  if (subjectAltNames.length > 0) {
    extensionsDer.push(encodeSubjectAltName(subjectAltNames, isEmptySequence(subjectDer)));
  }
  const attributes: Uint8Array[] = [];
  if (challengePassword !== undefined) {
    attributes.push(encodeAttribute(rfc2985['pkcs-9-at-challengePassword'], directoryString(challengePassword)));
  }
  if (extensionsDer.length > 0) {
    attributes.push(encodeAttribute(rfc2985['pkcs-9-at-extensionRequest'], der.sequence(...extensionsDer)));
  }
  return der.sequence(
    der.integer(0),
    subjectDer,
    fields.signer.subjectPublicKeyInfoDer,
    der.retag(contextTag(0, true), der.set(...attributes)),
  );
}

function encodeAttribute(oid: string, value: Uint8Array): Uint8Array {
  return der.sequence(der.oid(oid), der.set(value));
}

/** RFC 2985 §5.4.1: PrintableString where it will do, else UTF8String. */
function directoryString(text: string): Uint8Array {
  return /^[A-Za-z0-9 '()+,./:=?-]*$/.test(text) ? der.printableString(text) : der.utf8String(text);
}

function isEmptySequence(sequenceDer: Uint8Array): boolean {
  return sequenceDer.length === 2;
}
