/** Step 1: the PKCS #10 request, parsed strictly and once. Proof of possession is checked in step 3, when it is worth it. */
import { findSignatureAlgorithm, KeyPolicyError, parsePublicKey, verifySignatureUnblocking } from '@touchmark/crypto';
import type { PublicKey } from '@touchmark/crypto';
import { Asn1Error } from '@touchmark/asn1';
import { parseCertificationRequest } from '@touchmark/x509';
import type { CertificationRequest } from '@touchmark/x509';
import { CaError } from './errors.ts';

export function parseRequest(requestDer: Uint8Array): CertificationRequest {
  try {
    return parseCertificationRequest(requestDer);
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    throw new CaError(
      'requestMalformed',
      `The request is not a PKCS #10 CertificationRequest in DER: ${error.message}. Make it with, for example, "openssl req -new -outform DER".`,
      { cause: error },
    );
  }
}

/** The request's key, if the key policy accepts it and the request is signed by it. */
export async function checkRequestKey(request: CertificationRequest): Promise<PublicKey> {
  let publicKey: PublicKey;
  try {
    publicKey = parsePublicKey(request.subjectPublicKeyInfoDer);
  } catch (error) {
    if (!(error instanceof KeyPolicyError)) throw error;
    throw new CaError(error.code, error.message, { cause: error });
  }
  const algorithm = findSignatureAlgorithm(request.signatureAlgorithmDer);
  if (algorithm === undefined) {
    throw new CaError(
      'proofOfPossessionFailed',
      'The request is signed with an algorithm that is not accepted. Sign it with SHA-256 or better.',
    );
  }
  const { certificationRequestInfoDer, signature } = request;
  if (!(await verifySignatureUnblocking(algorithm, publicKey.keyObject, certificationRequestInfoDer, signature))) {
    throw new CaError(
      'proofOfPossessionFailed',
      'The signature of the request does not verify with the key inside it: only who has the private key gets a certificate.',
    );
  }
  return publicKey;
}
