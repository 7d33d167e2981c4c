/** Whether a request is as its maker signed it. Whether its key and algorithm are good enough is for the cycle to say. */
import { createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { encodePem, readWhole, rfc8017 } from '@touchmark/asn1';
import { verifyProofOfPossession } from '@touchmark/x509';
import type { CertificationRequest } from '@touchmark/x509';

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

/** From PEM, as everywhere: see `loadKey` of the key policy. */
function loadKey(subjectPublicKeyInfoDer: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey(encodePem('PUBLIC KEY', subjectPublicKeyInfoDer));
  } catch {
    return undefined;
  }
}
