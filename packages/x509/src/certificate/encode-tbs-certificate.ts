/** TBSCertificate, written from classes that mirror the ASN.1: the clear tier, for rare certificates and as reference. */
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  Extension,
  Extensions,
  Name,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509';
import { der } from '@touchmark/asn1';
import { toArrayBuffer } from '../array-buffer.ts';
import type { TbsCertificateFields } from './tbs-certificate-fields.ts';

/** Throws RangeError when there is no extension, a date is none or the serial number is not as short as possible. */
export function encodeTbsCertificate(fields: TbsCertificateFields): Uint8Array {
  if (fields.extensionsDer.length === 0) throw new RangeError('a version 3 certificate has an extension at least');
  // The classes would write what is wrong here; our writer refuses it.
  der.integerBytes(fields.serialNumber);
  der.time(fields.notBefore);
  der.time(fields.notAfter);
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: toArrayBuffer(fields.serialNumber),
    signature: AsnConvert.parse(toArrayBuffer(fields.signatureAlgorithmDer), AlgorithmIdentifier),
    issuer: AsnConvert.parse(toArrayBuffer(fields.issuerDer), Name),
    validity: new Validity({ notBefore: fields.notBefore, notAfter: fields.notAfter }),
    subject: AsnConvert.parse(toArrayBuffer(fields.subjectDer), Name),
    subjectPublicKeyInfo: AsnConvert.parse(toArrayBuffer(fields.subjectPublicKeyInfoDer), SubjectPublicKeyInfo),
    extensions: new Extensions(
      fields.extensionsDer.map((extensionDer) => AsnConvert.parse(toArrayBuffer(extensionDer), Extension)),
    ),
  });
  return new Uint8Array(AsnConvert.serialize(tbsCertificate));
}
