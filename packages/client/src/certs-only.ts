/** The certificates of a degenerate CMS SignedData (RFC 5652 §5.1), as EST answers carry them. DER only. */
import { contextTag, readWhole, rfc5652, tag } from '@touchmark/asn1';

/** Throws Asn1Error. Kept apart from a CMS library, so that a device needs none. */
export function readCertsOnly(contentInfoDer: Uint8Array): Uint8Array[] {
  const contentInfo = readWhole(contentInfoDer);
  if (contentInfo.oid() !== rfc5652['id-signedData']) throw contentInfo.error('the content is not SignedData');
  const explicit = contentInfo.enter(contextTag(0, true));
  contentInfo.end();
  const signedData = explicit.enter(tag.sequence);
  explicit.end();
  signedData.integer();
  signedData.element(tag.set);
  signedData.element(tag.sequence);
  const certificates = signedData.optionalEnter(contextTag(0, true));
  const certificatesDer: Uint8Array[] = [];
  // CertificateChoices: anything but a Certificate is of no use here.
  while (certificates !== undefined && !certificates.done) {
    const element = certificates.element();
    if (element[0] === tag.sequence) certificatesDer.push(element);
  }
  return certificatesDer;
}
