/** TBSCertificate, written by splicing into DER that is encoded once: the fast tier, for leaf certificates. */
import { concatBytes, contextTag, der, sizeOfLength, tag, writeLength } from '@touchmark/asn1';
import type { IssuerFields, SubjectFields } from './tbs-certificate-fields.ts';

export interface TbsCertificateTemplate {
  /** The same bytes as `encodeTbsCertificate` makes of the same fields. */
  encode(fields: SubjectFields): Uint8Array;
}

/** `version [0] EXPLICIT INTEGER v3` */
const version3 = der.explicit(0, der.integer(2));

/** @param extensionsDerBefore extensions that stand in every certificate, before those given when encoding */
export function compileTbsCertificate({
  signatureAlgorithmDer,
  issuerDer,
  extensionsDerBefore = [],
}: IssuerFields & { readonly extensionsDerBefore?: readonly Uint8Array[] }): TbsCertificateTemplate {
  const signatureAndIssuer = concatBytes(signatureAlgorithmDer, issuerDer);
  const commonExtensions = concatBytes(...extensionsDerBefore);
  return {
    encode(fields) {
      const serialNumber = der.integerBytes(fields.serialNumber);
      const notBefore = der.time(fields.notBefore);
      const notAfter = der.time(fields.notAfter);
      const validityLength = notBefore.length + notAfter.length;
      let extensionsLength = commonExtensions.length;
      for (const extension of fields.extensionsDer) extensionsLength += extension.length;
      if (extensionsLength === 0) throw new RangeError('a version 3 certificate has an extension at least');
      const explicitLength = sizeOfElement(extensionsLength);
      const length =
        version3.length +
        serialNumber.length +
        signatureAndIssuer.length +
        sizeOfElement(validityLength) +
        fields.subjectDer.length +
        fields.subjectPublicKeyInfoDer.length +
        sizeOfElement(explicitLength);

      const writer = new Splicer(sizeOfElement(length));
      writer.header(tag.sequence, length);
      writer.append(version3);
      writer.append(serialNumber);
      writer.append(signatureAndIssuer);
      writer.header(tag.sequence, validityLength);
      writer.append(notBefore);
      writer.append(notAfter);
      writer.append(fields.subjectDer);
      writer.append(fields.subjectPublicKeyInfoDer);
      writer.header(contextTag(3, true), explicitLength);
      writer.header(tag.sequence, extensionsLength);
      writer.append(commonExtensions);
      for (const extension of fields.extensionsDer) writer.append(extension);
      return writer.bytes;
    },
  };
}

function sizeOfElement(contentLength: number): number {
  return 1 + sizeOfLength(contentLength) + contentLength;
}

class Splicer {
  readonly bytes: Uint8Array;
  #offset = 0;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
  }

  header(identifier: number, contentLength: number): void {
    this.bytes[this.#offset] = identifier;
    this.#offset = writeLength(this.bytes, this.#offset + 1, contentLength);
  }

  append(part: Uint8Array): void {
    this.bytes.set(part, this.#offset);
    this.#offset += part.length;
  }
}
