/** Whether a request is as its maker signed it. Whether its key and algorithm are good enough is for the cycle to say. */
import { createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { encodePem, readWhole, rfc8017 } from '@touchmark/asn1';
import { parseCertificate, verifyProofOfPossession } from '@touchmark/x509';
import type { CertificationRequest } from '@touchmark/x509';
import type { ScepRecipient } from './authority.ts';

/** False as well for keys that cannot be loaded. Throws Asn1Error. */
export function isSignedByItself(request: CertificationRequest): boolean {
  const publicKey = loadKey(request.subjectPublicKeyInfoDer);
  if (publicKey === undefined) return false;
  if (verifyProofOfPossession(request, publicKey)) return true;
  const { signatureAlgorithmDer, certificationRequestInfoDer, signature } = request;
  const isSha1 = readWhole(signatureAlgorithmDer).oid() === rfc8017.sha1WithRSAEncryption;
  return (
    isSha1 && publicKey.asymmetricKeyType === 'rsa' && verify('sha1', certificationRequestInfoDer, publicKey, signature)
  );
}

/** Below any modulus. */
const anySignature = new Uint8Array(256).fill(0x5a, 1);

/**
 * The same work for what could not be read: that of parsing a request of the usual kind and of verifying its signature, done
 * to the certificate of the recipient. Otherwise the time of a refusal would tell what could be read from what could not.
 */
export function rehearse({ certificate }: ScepRecipient): void {
  const { subjectPublicKeyInfoDer, tbsCertificateDer } = parseCertificate(certificate.der);
  const publicKey = loadKey(subjectPublicKeyInfoDer);
  if (publicKey !== undefined) verify('sha256', tbsCertificateDer, publicKey, anySignature);
}

/** From PEM, as everywhere: see `loadKey` of the key policy. */
function loadKey(subjectPublicKeyInfoDer: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey(encodePem('PUBLIC KEY', subjectPublicKeyInfoDer));
  } catch {
    return undefined;
  }
}
