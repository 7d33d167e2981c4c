/** Certificates below the root of a test authority, beside those that it issues itself. */
import { createSoftwareSigner, generateKeyPair } from '@touchmark/crypto';
import type { Signer } from '@touchmark/crypto';
import { testSerialNumber } from '@touchmark/testkit';
import type { TestCa } from '@touchmark/testkit';
import { encodeName, encodeSigned, encodeTbsCertificate, extension, parseCertificate } from '@touchmark/x509';
import type { Certificate } from '@touchmark/x509';

export async function certifyCa(
  root: TestCa,
  name: string,
): Promise<{ readonly signer: Signer; readonly certificate: Certificate }> {
  const signer = createSoftwareSigner((await generateKeyPair('ec-p256')).privateKey);
  const certificate = await certify(root, name, signer.subjectPublicKeyInfoDer, [
    extension.basicConstraints({ cA: true, pathLenConstraint: 0 }),
  ]);
  return { signer, certificate };
}

export async function certify(
  issuer: { readonly signer: Signer; readonly subjectDer: Uint8Array },
  name: string,
  subjectPublicKeyInfoDer: Uint8Array,
  extensionsDer: readonly Uint8Array[],
): Promise<Certificate> {
  const { algorithmIdentifierDer } = issuer.signer.algorithm;
  const now = Math.floor(Date.now() / 1000) * 1000;
  const tbsCertificateDer = encodeTbsCertificate({
    serialNumber: testSerialNumber(),
    signatureAlgorithmDer: algorithmIdentifierDer,
    issuerDer: issuer.subjectDer,
    notBefore: new Date(now - 3_600_000),
    notAfter: new Date(now + 3_600_000),
    subjectDer: encodeName([{ attribute: 'commonName', value: name }]),
    subjectPublicKeyInfoDer,
    extensionsDer: [extension.keyUsage(['digitalSignature', 'keyCertSign']), ...extensionsDer],
  });
  const signature = await issuer.signer.sign(tbsCertificateDer);
  return parseCertificate(encodeSigned(tbsCertificateDer, algorithmIdentifierDer, signature));
}
