/** One SCEP request and its answer: encrypted and signed for the server, verified and decrypted on the way back. */
import { randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { PrescanLimits } from '@touchmark/asn1';
import { CmsError, decryptKeyWith, openEnvelopedData, parseEnvelopedData, parseSignedData } from '@touchmark/cms';
import type { SignedData } from '@touchmark/cms';
import type { Certificate } from '@touchmark/x509';
import { acceptableKeyOf } from '../issuing-certificates.ts';
import type { ScepAuthority } from './authority.ts';
import { chooseAlgorithms, supports } from './ca-capabilities.ts';
import type { AlgorithmOptions, CaCaps } from './ca-capabilities.ts';
import { readCertRep } from './cert-rep.ts';
import type { CertRep } from './cert-rep.ts';
import { encodePkiMessage } from './pki-message.ts';
import type { PkiMessage, ScepSigner } from './pki-message.ts';
import type { PkiOperationAnswer, ScepEndpoint } from './scep-endpoint.ts';
import { readAnswer, ScepError } from './scep-error.ts';

/** What the server says of a request that waits, beside the signed message: not to be relied on. */
export type PendingNotes = Pick<PkiOperationAnswer, 'retryAfterSeconds' | 'attemptId'>;

/** A server, and what is known of it by now. */
export interface ScepServer {
  readonly endpoint: ScepEndpoint;
  readonly authority: ScepAuthority;
  readonly caps: CaCaps;
  readonly options: AlgorithmOptions;
}

export interface ScepRequest extends Omit<PkiMessage, 'senderNonce'> {
  readonly signer: ScepSigner;
  /** Wider limits, for what may carry a CRL. */
  readonly large?: boolean | undefined;
}

export type ScepAnswer =
  | Extract<CertRep, { kind: 'failure' }>
  | ({ readonly kind: 'pending' } & PendingNotes)
  /** What was in the envelope: a certs-only message. */
  | { readonly kind: 'success'; readonly message: SignedData };

const nonceLength = 16;
const largestCrl = 16 * 1024 * 1024;
const largeLimits: PrescanLimits = { maxNodes: 4_000_000 };

export async function exchangePkiMessage(server: ScepServer, request: ScepRequest): Promise<ScepAnswer> {
  const { endpoint, authority, caps, options } = server;
  const { signer, transactionId, large = false } = request;
  const senderNonce = new Uint8Array(randomBytes(nonceLength));
  const message = await encodePkiMessage(
    { ...request, senderNonce },
    signer,
    recipientOf(authority),
    chooseAlgorithms(caps, options),
  );
  const {
    message: answer,
    retryAfterSeconds,
    attemptId,
  } = await endpoint.pkiOperation(message, supports(caps, 'POSTPKIOperation'), large ? largestCrl : undefined);
  const certRep = readCertRep(answer, {
    transactionId,
    senderNonce,
    signers: signersOf(authority),
    allowSha1: options.allowSha1 ?? false,
  });
  if (certRep.kind === 'pending') return { kind: 'pending', retryAfterSeconds, attemptId };
  if (certRep.kind === 'failure') return certRep;
  const content = await open(certRep.envelope, signer);
  const limits = large ? largeLimits : undefined;
  return { kind: 'success', message: readAnswer('What the answer encloses', () => parseSignedData(content, limits)) };
}

/** The RA's own certificate, or the CA's. */
export function signersOf({ ra, ca }: ScepAuthority): Certificate[] {
  return ra?.signing === undefined ? [ca] : [ra.signing, ca];
}

function recipientOf({ ra, ca }: ScepAuthority): { certificate: Certificate; publicKey: KeyObject } {
  const certificate = ra?.encryption ?? ca;
  const publicKey = acceptableKeyOf(certificate);
  if (publicKey === undefined)
    throw new ScepError('raNotUsable', 'The key of the server is not safe. Tell the operator.');
  return { certificate, publicKey };
}

/** With the key that signed the request (RFC 8894 §3.2.2). */
async function open(envelope: Uint8Array, { certificate, privateKey }: ScepSigner): Promise<Uint8Array> {
  const message = readAnswer('The envelope in the answer', () => parseEnvelopedData(envelope));
  try {
    return await openEnvelopedData(message, certificate, decryptKeyWith(privateKey));
  } catch (error) {
    if (error instanceof CmsError && error.code === 'algorithmNotSupported') {
      throw new ScepError('algorithmNotSupported', error.message, { cause: error });
    }
    throw new ScepError(
      'undecryptable',
      'The answer is not encrypted for the certificate that signed the request, or is damaged. Send the request again.',
      { cause: error },
    );
  }
}
