/** SubjectAltName (RFC 5280 §4.2.1.6). */
import { rfc5280 } from '@touchmark/asn1';
import { encodeGeneralNames, parseGeneralNames } from '../names/general-name.ts';
import type { GeneralName } from '../names/general-name.ts';
import { extensionEncoder, findExtension } from './extension.ts';
import type { Extension } from './extension.ts';

const encode = extensionEncoder(rfc5280['id-ce-subjectAltName']);

/** @param critical true when the subject is empty (RFC 5280 §4.1.2.6) */
export function encodeSubjectAltName(names: readonly GeneralName[], critical: boolean): Uint8Array {
  return encode(critical, encodeGeneralNames(names));
}

/** The names of the extension if it is there, else none. Throws Asn1Error. */
export function subjectAltNamesOf(certificate: { readonly extensions: readonly Extension[] }): GeneralName[] {
  const extension = findExtension(certificate, rfc5280['id-ce-subjectAltName']);
  return extension === undefined ? [] : parseGeneralNames(extension.value);
}
