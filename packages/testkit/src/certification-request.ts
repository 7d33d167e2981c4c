/** Requests as devices send them. */
import type { KeyObject } from 'node:crypto';
import { createSoftwareSigner, generateKeyPair, signatureAlgorithms } from '@touchmark/crypto';
import type { KeyAlgorithmName, KeyPair, SignatureAlgorithmName, Signer } from '@touchmark/crypto';
import { createCertificationRequest } from '@touchmark/x509';
import type { CertificationRequestFields } from '@touchmark/x509';

export interface TestRequestFields extends Omit<CertificationRequestFields, 'signer'> {
  /** Of the subject, where `subject` and `subjectDer` are not given; `device-0001` if none is. */
  readonly commonName?: string;
  /** Of the fresh key; P-256 unless told otherwise. */
  readonly keyAlgorithm?: KeyAlgorithmName;
  /** A key to use instead of a fresh one. */
  readonly keyPair?: KeyPair;
  readonly signatureAlgorithm?: SignatureAlgorithmName;
}

export interface TestRequest {
  readonly certificationRequestDer: Uint8Array;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** Signs with the key of the request, for requests to renew. */
  readonly signer: Signer;
}

/** A PKCS #10 request, signed by the key inside it. */
export async function buildCertificationRequest(fields: TestRequestFields = {}): Promise<TestRequest> {
  const { commonName = 'device-0001', keyAlgorithm, keyPair, signatureAlgorithm, ...rest } = fields;
  const { privateKey, publicKey } = keyPair ?? (await generateKeyPair(keyAlgorithm ?? 'ec-p256'));
  const signer =
    signatureAlgorithm === undefined
      ? createSoftwareSigner(privateKey)
      : createSoftwareSigner(privateKey, signatureAlgorithms[signatureAlgorithm]);
  const subject =
    rest.subject ?? (rest.subjectDer === undefined ? [{ attribute: 'commonName', value: commonName }] : []);
  const certificationRequestDer = await createCertificationRequest({ ...rest, subject, signer });
  return { certificationRequestDer, privateKey, publicKey, signer };
}
