/** EST for devices and servers (RFC 7030): trust, enroll, renew. Keys are made here and never leave. */
import { createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { decodePem, encodePem, equalBytes, toBase64 } from '@touchmark/asn1';
import { parseSignedData } from '@touchmark/cms';
import { createSoftwareSigner, generateKeyPair } from '@touchmark/crypto';
import type { KeyAlgorithmName } from '@touchmark/crypto';
import { createCertificationRequest, parseCertificate, subjectAltNamesOf } from '@touchmark/x509';
import type { Certificate } from '@touchmark/x509';
import { chainFor, selectTrusted } from './ca-certs.ts';
import { EstError } from './est-error.ts';
import { sendEst } from './est-exchange.ts';
import type { EstAnswer } from './est-exchange.ts';

/** How the EST server is trusted; one of the two, there is no third. */
export type EstTrust =
  /** PEM of the root certificate. */
  | { readonly roots: string }
  /** SHA-256 of the root certificate in hex, colons allowed, learned by another way than the network. */
  | { readonly rootFingerprint: string };

export type EstClientOptions = EstTrust & {
  /** With the label, e.g. `https://ca.example:8443/.well-known/est/factory`. */
  readonly url: string;
  readonly timeoutSeconds?: number | undefined;
};

export interface CaCerts {
  /** PEM of the trusted root. */
  readonly rootsPem: string;
  /** Every CA certificate of the server that the root vouches for, root included, DER. */
  readonly certificatesDer: readonly Uint8Array[];
}

export type EstCredentials =
  /** An enrollment secret; `userName` may stay empty. */
  | { readonly secret: string; readonly userName?: string | undefined }
  /** A certificate that the endpoint accepts. */
  | { readonly certificatePem: string; readonly privateKeyPem: string };

export interface EnrollRequest {
  readonly credentials: EstCredentials;
  readonly subject: Parameters<typeof createCertificationRequest>[0]['subject'];
  readonly subjectAltNames?: Parameters<typeof createCertificationRequest>[0]['subjectAltNames'];
  /** Of the new key; default `ec-p256`. */
  readonly keyAlgorithm?: KeyAlgorithmName | undefined;
  /** PKCS #8 PEM of a key to use again: after `pending` or a lost answer, so that the retry is the same request. */
  readonly privateKeyPem?: string | undefined;
}

export interface ReenrollRequest {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  /** A new key; default true. */
  readonly rekey?: boolean | undefined;
  readonly keyAlgorithm?: KeyAlgorithmName | undefined;
  /** As in `EnrollRequest`: the new key of an earlier try. */
  readonly newPrivateKeyPem?: string | undefined;
}

export type EnrollOutcome =
  | {
      readonly kind: 'issued';
      readonly certificateDer: Uint8Array;
      readonly certificatePem: string;
      /** The certificate and its issuing CAs without the root: what to present in TLS. */
      readonly chainPem: string;
      readonly privateKeyPem: string;
    }
  /** Ask again with the same key after that time. */
  | {
      readonly kind: 'pending';
      readonly retryAfterSeconds: number;
      /** To be told to the operator, who has to approve it; undefined when the server names none. */
      readonly attemptId: string | undefined;
      readonly privateKeyPem: string;
    };

const defaultTimeoutSeconds = 30;
const defaultRetryAfterSeconds = 300;

export class EstClient {
  readonly #base: string;
  readonly #trust: EstTrust;
  readonly #timeoutSeconds: number;
  #caCerts: CaCerts | undefined;

  constructor(options: EstClientOptions) {
    const url = new URL(options.url);
    if (url.protocol !== 'https:') throw new TypeError('EST is spoken over https only.');
    this.#base = url.href.replace(/\/$/, '');
    this.#trust = 'roots' in options ? { roots: options.roots } : { rootFingerprint: options.rootFingerprint };
    this.#timeoutSeconds = options.timeoutSeconds ?? defaultTimeoutSeconds;
  }

  /**
   * The CA certificates. With a fingerprint this is the one exchange with a server that is not authenticated (RFC 7030
   * §4.1.1): its answer counts only as far as the root with that fingerprint vouches for it.
   */
  async cacerts(): Promise<CaCerts> {
    const answer = await this.#send('cacerts', {
      tls: 'roots' in this.#trust ? { ca: this.#trust.roots } : { rejectUnauthorized: false },
    });
    this.#caCerts = selectTrusted(certificatesOf(answer), this.#trust);
    return this.#caCerts;
  }

  /** What the server wants in requests: CsrAttrs, DER; undefined when it has no wishes. */
  async csrattrs(): Promise<Uint8Array | undefined> {
    const answer = await this.#send('csrattrs', { tls: { ca: (await this.#trusted()).rootsPem } });
    return answer.status === 200 ? answer.body : undefined;
  }

  /** Enrolls with a key made here, or with the one given. */
  async simpleEnroll(request: EnrollRequest): Promise<EnrollOutcome> {
    const key = await keyFor(request.privateKeyPem, request.keyAlgorithm);
    const csr = await createCertificationRequest({
      subject: request.subject,
      ...(request.subjectAltNames === undefined ? {} : { subjectAltNames: request.subjectAltNames }),
      signer: createSoftwareSigner(key),
    });
    return this.#enroll('simpleenroll', csr, key, request.credentials);
  }

  /** Renews with the certificate itself as credential; names stay as they are (RFC 7030 §4.2.2). */
  async simpleReenroll(request: ReenrollRequest): Promise<EnrollOutcome> {
    const current = parseFirstCertificate(request.certificatePem);
    const reused = request.rekey === false ? request.privateKeyPem : request.newPrivateKeyPem;
    const key = await keyFor(reused, request.keyAlgorithm);
    const subjectAltNames = subjectAltNamesOf(current);
    const csr = await createCertificationRequest({
      subjectDer: current.subject.der,
      ...(subjectAltNames.length > 0 ? { subjectAltNames } : {}),
      signer: createSoftwareSigner(key),
    });
    return this.#enroll('simplereenroll', csr, key, request);
  }

  async #enroll(
    operation: string,
    csrDer: Uint8Array,
    key: KeyObject,
    credentials: EstCredentials,
  ): Promise<EnrollOutcome> {
    const caCerts = await this.#trusted();
    const privateKeyPem = key.export({ format: 'pem', type: 'pkcs8' }).toString();
    const bySecret = 'secret' in credentials;
    const answer = await this.#send(operation, {
      tls: {
        ca: caCerts.rootsPem,
        ...(bySecret ? {} : { cert: credentials.certificatePem, key: credentials.privateKeyPem }),
      },
      authorization: bySecret ? basic(credentials.userName ?? '', credentials.secret) : undefined,
      requestDer: csrDer,
    });
    if (answer.status === 202) {
      return {
        kind: 'pending',
        retryAfterSeconds: answer.retryAfterSeconds ?? defaultRetryAfterSeconds,
        attemptId: answer.attemptId,
        privateKeyPem,
      };
    }
    const certificate = ownCertificate(certificatesOf(answer), createSoftwareSigner(key).subjectPublicKeyInfoDer);
    const issuers = caCerts.certificatesDer.map((certificateDer) => parseCertificate(certificateDer));
    const chain = chainFor(certificate, issuers);
    const certificatePem = encodePem('CERTIFICATE', certificate.der);
    const chainPem = certificatePem + chain.map((issuer) => encodePem('CERTIFICATE', issuer.der)).join('');
    return { kind: 'issued', certificateDer: certificate.der, certificatePem, chainPem, privateKeyPem };
  }

  async #trusted(): Promise<CaCerts> {
    return this.#caCerts ?? this.cacerts();
  }

  #send(operation: string, request: Omit<Parameters<typeof sendEst>[0], 'url' | 'timeoutSeconds'>): Promise<EstAnswer> {
    return sendEst({ ...request, url: new URL(`${this.#base}/${operation}`), timeoutSeconds: this.#timeoutSeconds });
  }
}

async function keyFor(
  privateKeyPem: string | undefined,
  keyAlgorithm: KeyAlgorithmName = 'ec-p256',
): Promise<KeyObject> {
  return privateKeyPem === undefined
    ? (await generateKeyPair(keyAlgorithm)).privateKey
    : createPrivateKey(privateKeyPem);
}

/** RFC 7617, always sent at once: the server is authenticated before. */
function basic(userName: string, password: string): string {
  return `Basic ${toBase64(new TextEncoder().encode(`${userName}:${password}`))}`;
}

function parseFirstCertificate(pem: string): Certificate {
  const block = decodePem(pem).find(({ label }) => label === 'CERTIFICATE');
  if (block === undefined) throw new TypeError('There is no certificate in the PEM text.');
  return parseCertificate(block.bytes);
}

function certificatesOf(answer: EstAnswer): Certificate[] {
  try {
    return parseSignedData(answer.body).certificatesDer.map((certificateDer) => parseCertificate(certificateDer));
  } catch (error) {
    throw new EstError('malformedAnswer', 'The certificates in the answer cannot be read.', { cause: error });
  }
}

function ownCertificate(certificates: readonly Certificate[], subjectPublicKeyInfoDer: Uint8Array): Certificate {
  const own = certificates.find((certificate) =>
    equalBytes(certificate.subjectPublicKeyInfoDer, subjectPublicKeyInfoDer),
  );
  if (own === undefined)
    throw new EstError('wrongCertificate', 'The answer has no certificate for the key of the request.');
  return own;
}
