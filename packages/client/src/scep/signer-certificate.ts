/** The certificate that a device without one signs its request with: of its new key, by itself (RFC 8894 §2.3). */
import { randomBytes } from 'node:crypto';
import type { Signer } from '@touchmark/crypto';
import { encodeSigned, encodeTbsCertificate, extension, parseCertificate } from '@touchmark/x509';
import type { Certificate } from '@touchmark/x509';

const day = 86_400_000;
/** As long as somebody may take to approve the request. */
const days = 365;

/** @param subjectDer that of the request */
export async function createSignerCertificate(signer: Signer, subjectDer: Uint8Array, now: Date): Promise<Certificate> {
  const { algorithmIdentifierDer } = signer.algorithm;
  const seconds = Math.floor(now.getTime() / 1000) * 1000;
  const tbsCertificateDer = encodeTbsCertificate({
    serialNumber: serialNumber(),
    signatureAlgorithmDer: algorithmIdentifierDer,
    issuerDer: subjectDer,
    // The clocks of devices are wrong more often than not.
    notBefore: new Date(seconds - day),
    notAfter: new Date(seconds + days * day),
    subjectDer,
    subjectPublicKeyInfoDer: signer.subjectPublicKeyInfoDer,
    extensionsDer: [extension.keyUsage(['digitalSignature', 'keyEncipherment'])],
  });
  const signature = await signer.sign(tbsCertificateDer);
  return parseCertificate(encodeSigned(tbsCertificateDer, algorithmIdentifierDer, signature));
}

/** Positive, and as short as DER wants it. */
function serialNumber(): Uint8Array {
  const octets = new Uint8Array(randomBytes(16));
  octets[0] = ((octets[0] ?? 0) & 0x3f) | 0x40;
  return octets;
}
