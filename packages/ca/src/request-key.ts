/** The key of a request: accepted by the key policy, and proven to be the requester's own. */
import { verify } from 'node:crypto';
import { Asn1Error, DerReader, readWhole, rfc8017, tag } from '@touchmark/asn1';
import {
  findSignatureAlgorithm,
  KeyPolicyError,
  parsePublicKey,
  signatureAlgorithms,
  verifySignatureUnblocking,
} from '@touchmark/crypto';
import type { PublicKey, SignatureAlgorithm } from '@touchmark/crypto';
import type { CertificationRequest } from '@touchmark/x509';
import { CaError } from './errors.ts';
import { refused } from './refused.ts';

export interface PossessionRules {
  /** Of equipment that signs with RSA and SHA-1: who can forge that digest forges a request for a key of its own. */
  readonly acceptsSha1?: boolean | undefined;
  /** It was proven before the request was put on record, and the signature is over what is blotted out there. */
  readonly possessionIsProven?: boolean | undefined;
}

/** The request's key, if the key policy accepts it and the request is signed by it. */
export async function checkRequestKey(
  request: CertificationRequest,
  { acceptsSha1 = false, possessionIsProven = false }: PossessionRules = {},
): Promise<PublicKey> {
  const publicKey = checkKey(request.subjectPublicKeyInfoDer);
  if (possessionIsProven) return publicKey;
  if (acceptsSha1 && isSignedWithSha1(request, publicKey)) return publicKey;
  const algorithm = checkSignatureAlgorithm(request.signatureAlgorithmDer);
  if (algorithm.keyType !== publicKey.keyObject.asymmetricKeyType) {
    throw refused(
      'signatureAlgorithmForAnotherKey',
      `The request says that it is signed with ${algorithm.name}, which a key of the kind ${publicKey.keyAlgorithm} cannot do`,
    );
  }
  const { certificationRequestInfoDer, signature } = request;
  if (!(await verifySignatureUnblocking(algorithm, publicKey.keyObject, certificationRequestInfoDer, signature))) {
    checkSignatureForm(signature, publicKey);
    throw refused('proofOfPossessionFailed', 'The signature of the request does not verify with the key inside it');
  }
  return publicKey;
}

/** False where the signature is of another kind: then it is judged as any other. */
function isSignedWithSha1(
  { signatureAlgorithmDer, certificationRequestInfoDer, signature }: CertificationRequest,
  { keyObject }: PublicKey,
): boolean {
  if (oidOf(signatureAlgorithmDer) !== rfc8017.sha1WithRSAEncryption || keyObject.asymmetricKeyType !== 'rsa')
    return false;
  if (verify('sha1', certificationRequestInfoDer, keyObject, signature)) return true;
  throw refused('proofOfPossessionFailed', 'The signature of the request does not verify with the key inside it');
}

function checkKey(subjectPublicKeyInfoDer: Uint8Array): PublicKey {
  try {
    return parsePublicKey(subjectPublicKeyInfoDer);
  } catch (error) {
    if (!(error instanceof KeyPolicyError)) throw error;
    throw new CaError(error.code, error.message, { cause: error });
  }
}

/** Digests that can be forged, and what is signed with them (RFC 8017 §A.2.4, RFC 3279 §2.2, RFC 5758 §3.1). */
const weakAlgorithms: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.2': 'md2WithRSAEncryption',
  '1.2.840.113549.1.1.4': 'md5WithRSAEncryption',
  '1.2.840.113549.1.1.5': 'sha1WithRSAEncryption',
  '1.2.840.10045.4.1': 'ecdsa-with-SHA1',
  '1.2.840.10040.4.3': 'id-dsa-with-sha1',
  '1.3.14.3.2.29': 'sha1WithRSASignature',
};

function checkSignatureAlgorithm(algorithmIdentifierDer: Uint8Array): SignatureAlgorithm {
  const algorithm = findSignatureAlgorithm(algorithmIdentifierDer);
  if (algorithm !== undefined) return algorithm;
  const oid = oidOf(algorithmIdentifierDer);
  const weak = weakAlgorithms[oid];
  if (weak !== undefined) {
    throw refused('signatureAlgorithmWeak', `The request is signed with ${weak}, whose digest can be forged`);
  }
  const known = Object.values(signatureAlgorithms).find((other) => other.oid === oid);
  if (known !== undefined) {
    const name = oid === rfc8017['id-RSASSA-PSS'] ? 'id-RSASSA-PSS' : known.name;
    throw refused(
      'signatureAlgorithmParametersInvalid',
      `The request is signed with ${name}, and names parameters that this algorithm does not have here`,
    );
  }
  throw refused('signatureAlgorithmUnknown', `The request is signed with an algorithm that is not known here (${oid})`);
}

function oidOf(algorithmIdentifierDer: Uint8Array): string {
  return new DerReader(algorithmIdentifierDer).enter(tag.sequence).oid();
}

/** A signature that cannot be one of this key, whatever it is over: the encoder is wrong, not the key. */
function checkSignatureForm(signature: Uint8Array, publicKey: PublicKey): void {
  const fault = faultOfSignature(signature, publicKey);
  if (fault !== undefined) throw refused('signatureMalformed', `The signature of the request ${fault}`);
}

function faultOfSignature(signature: Uint8Array, { kind, bits }: PublicKey): string | undefined {
  const expected = (octets: number): string | undefined =>
    signature.length === octets ? undefined : `has ${signature.length} octets instead of ${octets}`;
  switch (kind) {
    case 'rsa':
      return expected(Math.ceil(bits / 8));
    case 'ed25519':
      return expected(64);
    case 'ec':
      return isEcdsaSigValue(signature) ? undefined : 'is no ECDSA-Sig-Value, a SEQUENCE of two INTEGERs in DER';
    case 'ml-dsa':
      // The verifier alone knows the length of each parameter set.
      return undefined;
  }
}

function isEcdsaSigValue(signature: Uint8Array): boolean {
  try {
    const value = readWhole(signature);
    value.integerBytes();
    value.integerBytes();
    value.end();
    return true;
  } catch (error) {
    if (error instanceof Asn1Error) return false;
    throw error;
  }
}
