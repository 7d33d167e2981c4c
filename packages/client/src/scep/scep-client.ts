/** SCEP for devices (RFC 8894): trust, enroll, renew, poll. Keys are made here and never leave. */
import { randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { der, encodePem, equalBytes, fromHex, toHex } from '@touchmark/asn1';
import { createSoftwareSigner } from '@touchmark/crypto';
import type { KeyAlgorithmName } from '@touchmark/crypto';
import { createCertificationRequest, encodeName, parseName, sameName, subjectAltNamesOf } from '@touchmark/x509';
import type { Certificate, GeneralName, NameAttribute } from '@touchmark/x509';
import { checkTrust, selectAuthority } from './authority.ts';
import type { ScepAuthority, ScepTrust } from './authority.ts';
import { supports } from './ca-capabilities.ts';
import type { AlgorithmOptions, CaCaps } from './ca-capabilities.ts';
import { failInfoMeanings, readNextCaCertificates } from './cert-rep.ts';
import type { FailInfo } from './cert-rep.ts';
import { exchangePkiMessage, signersOf } from './exchange.ts';
import type { PendingNotes, ScepAnswer, ScepServer } from './exchange.ts';
import { findCertificate, findCrl } from './granted.ts';
import type { MessageType, ScepSigner } from './pki-message.ts';
import { loadCertificate, requestKey, signerOf, transactionIdOf } from './request-key.ts';
import { ScepEndpoint } from './scep-endpoint.ts';
import type { ScepEndpointOptions } from './scep-endpoint.ts';
import { readAnswer, ScepError } from './scep-error.ts';
import { createSignerCertificate } from './signer-certificate.ts';

export type ScepClientOptions = ScepTrust & ScepEndpointOptions & AlgorithmOptions;

/** DER throughout. */
export interface ScepCaCertificates {
  readonly caDer: Uint8Array;
  /** The CA's own issuers, nearest first, up to the trusted one; empty when the CA is that itself. */
  readonly chainDer: readonly Uint8Array[];
  /** Undefined where the CA itself answers; one of the two is where the CA does the other half. */
  readonly ra:
    { readonly signingDer: Uint8Array | undefined; readonly encryptionDer: Uint8Array | undefined } | undefined;
}

export interface ScepEnrollRequest {
  /** One attribute at least: it names the signer of the request too. */
  readonly subject: readonly NameAttribute[];
  readonly subjectAltNames?: readonly GeneralName[] | undefined;
  /** The challenge password; only the RA can read it. */
  readonly challenge?: string | undefined;
  /** Of the new key; RSA, `rsa-2048` unless told otherwise. */
  readonly keyAlgorithm?: KeyAlgorithmName | undefined;
  /** PKCS #8 PEM of a key to use again: after a lost answer, so that the retry is the same transaction. */
  readonly privateKeyPem?: string | undefined;
}

/** Who a device already is: its certificate (the first in the PEM) and the RSA key of it. */
export interface ScepIdentity {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

export interface ScepRenewRequest extends ScepIdentity {
  readonly keyAlgorithm?: KeyAlgorithmName | undefined;
  /** As in `ScepEnrollRequest`: the new key of an earlier try. It must be another than that of the certificate. */
  readonly newPrivateKeyPem?: string | undefined;
  /** For servers that want one even so. */
  readonly challenge?: string | undefined;
}

/** All that is needed to ask again; it holds private keys. */
export interface PendingTransaction {
  readonly transactionId: string;
  /** What the request was signed with: self-signed at enrollment, the old certificate at renewal. */
  readonly signerCertificatePem: string;
  readonly signerPrivateKeyPem: string;
  /** Of the request; the same as the signer's at enrollment. */
  readonly privateKeyPem: string;
}

export type ScepOutcome =
  | {
      readonly kind: 'issued';
      readonly certificateDer: Uint8Array;
      readonly certificatePem: string;
      /** The certificate and its issuing CAs without the root: what to present in TLS. */
      readonly chainPem: string;
      readonly privateKeyPem: string;
    }
  /** Somebody has to approve it: `poll` with this, later. */
  | ({ readonly kind: 'pending' } & PendingTransaction & PendingNotes)
  | {
      readonly kind: 'refused';
      readonly transactionId: string;
      readonly failInfo: FailInfo | undefined;
      /** In the server's words. */
      readonly failInfoText: string | undefined;
    };

/** Who asks in which transaction for a certificate of which key. */
interface Candidate {
  readonly transactionId: string;
  readonly privateKey: KeyObject;
  readonly signer: ScepSigner;
}

export class ScepClient {
  readonly #endpoint: ScepEndpoint;
  readonly #trust: ScepTrust;
  readonly #options: AlgorithmOptions;
  #authority: ScepAuthority | undefined;
  #caps: CaCaps | undefined;

  /** Throws ScepError `trustInvalid` and `urlInvalid`. */
  constructor(options: ScepClientOptions) {
    this.#trust = checkTrust(options);
    this.#endpoint = new ScepEndpoint(options);
    this.#options = { allowSha1: options.allowSha1, aesBits: options.aesBits };
  }

  /** Asked once, and again at each call of this. Nothing proves it, so the least that is acceptable is the caller's to say. */
  async getCaCaps(): Promise<CaCaps> {
    this.#caps = await this.#endpoint.getCaCaps();
    return this.#caps;
  }

  /** Asked once, and again at each call of this: do so when the RA may have a new certificate. */
  async getCaCertificates(): Promise<ScepCaCertificates> {
    this.#authority = await this.#askAuthority();
    const { ca, chain, ra } = this.#authority;
    return {
      caDer: ca.der,
      chainDer: chain.map((certificate) => certificate.der),
      ra: ra && { signingDer: ra.signing?.der, encryptionDer: ra.encryption?.der },
    };
  }

  /** The CA certificates that will follow, DER, vouched for by the present CA or its RA (RFC 8894 §4.7). */
  async getNextCaCertificates(): Promise<readonly Uint8Array[]> {
    const { authority, caps } = await this.#server();
    if (!supports(caps, 'GetNextCACert')) {
      throw new ScepError('operationNotSupported', 'The server does not name GetNextCACert: there is no next CA yet.');
    }
    const answer = await this.#endpoint.getNextCaCert();
    return readNextCaCertificates(answer, {
      signers: signersOf(authority),
      allowSha1: this.#options.allowSha1 ?? false,
    });
  }

  /** Enrolls with a key made here, or with the one given. */
  async enroll(request: ScepEnrollRequest): Promise<ScepOutcome> {
    if (request.subject.length === 0) {
      throw new ScepError(
        'subjectMissing',
        'A SCEP request is signed in the name of its subject (RFC 8894 §2.3), and this one is empty. Give a commonName, for example.',
      );
    }
    const privateKey = await requestKey(request.privateKeyPem, request.keyAlgorithm);
    const subjectDer = encodeName(request.subject);
    const certificate = await createSignerCertificate(createSoftwareSigner(privateKey), subjectDer, new Date());
    return this.#request('PKCSReq', privateKey, { certificate, privateKey }, request);
  }

  /** With the certificate itself as credential; names stay as they are, the key is a new one (RFC 8894 §2.5). */
  async renew(request: ScepRenewRequest): Promise<ScepOutcome> {
    const current = loadCertificate(request.certificatePem);
    const signer = signerOf(current, request.privateKeyPem);
    const privateKey = await requestKey(request.newPrivateKeyPem, request.keyAlgorithm);
    if (equalBytes(createSoftwareSigner(privateKey).subjectPublicKeyInfoDer, current.subjectPublicKeyInfoDer)) {
      throw new ScepError(
        'keyNotUsable',
        'The key of the renewal is the old one, so that the server would take it for the old transaction. Leave it out, and a new one is made.',
      );
    }
    const { caps } = await this.#server();
    const messageType = supports(caps, 'Renewal') ? 'RenewalReq' : 'PKCSReq';
    const subjectAltNames = subjectAltNamesOf(current);
    return this.#request(messageType, privateKey, signer, { challenge: request.challenge, subjectAltNames });
  }

  /** Asks what became of a request that was pending. */
  async poll(transaction: PendingTransaction): Promise<ScepOutcome> {
    const { transactionId } = transaction;
    const privateKey = await requestKey(transaction.privateKeyPem);
    const signer = signerOf(loadCertificate(transaction.signerCertificatePem), transaction.signerPrivateKeyPem);
    const server = await this.#server();
    const issuerAndSubject = der.sequence(server.authority.ca.subject.der, signer.certificate.subject.der);
    const question = { transactionId, messageData: issuerAndSubject, signer };
    const answer = await exchangePkiMessage(server, { ...question, messageType: 'CertPoll' });
    return this.#outcomeOf(answer, server, { transactionId, privateKey, signer });
  }

  /** A certificate that the CA issued, by its serial number. */
  async getCertificate(
    request: ScepIdentity & { readonly serialNumberHex: string; readonly issuerDer?: Uint8Array | undefined },
  ): Promise<{ readonly certificateDer: Uint8Array; readonly certificatePem: string }> {
    const server = await this.#server();
    const issuerDer = request.issuerDer ?? server.authority.ca.subject.der;
    const serialNumber = serialNumberOf(request.serialNumberHex);
    const message = await this.#fetch('GetCert', request, issuerDer, serialNumber);
    const isWanted = (certificate: Certificate): boolean =>
      equalBytes(certificate.serialNumber, serialNumber) && sameName(certificate.issuer, parseName(issuerDer));
    const { certificate } = findCertificate(message, server.authority, isWanted, new Date());
    return { certificateDer: certificate.der, certificatePem: encodePem('CERTIFICATE', certificate.der) };
  }

  /** The CRL that the certificate would be in, DER; that of another with `of`. Whether it is current is for the caller to see. */
  async getCrl(
    request: ScepIdentity & { readonly of?: { readonly certificatePem: string } | undefined },
  ): Promise<Uint8Array> {
    const { issuer, serialNumber } = loadCertificate(request.of?.certificatePem ?? request.certificatePem);
    const message = await this.#fetch('GetCRL', request, issuer.der, serialNumber);
    return findCrl(message, (await this.#server()).authority, issuer.der);
  }

  async #request(
    messageType: MessageType,
    privateKey: KeyObject,
    signer: ScepSigner,
    names: Pick<ScepEnrollRequest, 'challenge' | 'subjectAltNames'>,
  ): Promise<ScepOutcome> {
    const server = await this.#server();
    const requestSigner = createSoftwareSigner(privateKey);
    const { challenge, subjectAltNames = [] } = names;
    const messageData = await createCertificationRequest({
      subjectDer: signer.certificate.subject.der,
      ...(subjectAltNames.length > 0 ? { subjectAltNames } : {}),
      ...(challenge === undefined ? {} : { challengePassword: challenge }),
      signer: requestSigner,
    });
    const transactionId = transactionIdOf(requestSigner.subjectPublicKeyInfoDer);
    const answer = await exchangePkiMessage(server, { messageType, transactionId, messageData, signer });
    return this.#outcomeOf(answer, server, { transactionId, privateKey, signer });
  }

  #outcomeOf(answer: ScepAnswer, { authority }: ScepServer, candidate: Candidate): ScepOutcome {
    const { transactionId, privateKey, signer } = candidate;
    const privateKeyPem = pemOf(privateKey);
    switch (answer.kind) {
      case 'failure':
        return { kind: 'refused', transactionId, failInfo: answer.failInfo, failInfoText: answer.failInfoText };
      case 'pending': {
        const signerCertificatePem = encodePem('CERTIFICATE', signer.certificate.der);
        const signerPrivateKeyPem = pemOf(signer.privateKey);
        const { retryAfterSeconds, attemptId } = answer;
        const transaction = { transactionId, signerCertificatePem, signerPrivateKeyPem, privateKeyPem };
        return { kind: 'pending', ...transaction, retryAfterSeconds, attemptId };
      }
      case 'success': {
        const spkiDer = createSoftwareSigner(privateKey).subjectPublicKeyInfoDer;
        const isWanted = (certificate: Certificate): boolean =>
          equalBytes(certificate.subjectPublicKeyInfoDer, spkiDer);
        const { certificate, issuers } = findCertificate(answer.message, authority, isWanted, new Date());
        const certificatePem = encodePem('CERTIFICATE', certificate.der);
        const presented = issuers.filter(({ subject, issuer }) => !sameName(subject, issuer));
        const chainPem = certificatePem + presented.map((issuer) => encodePem('CERTIFICATE', issuer.der)).join('');
        return { kind: 'issued', certificateDer: certificate.der, certificatePem, chainPem, privateKeyPem };
      }
    }
  }

  /** GetCert and GetCRL: there is nothing to wait for, so that anything but SUCCESS is an error. */
  async #fetch(
    messageType: 'GetCert' | 'GetCRL',
    identity: ScepIdentity,
    issuerDer: Uint8Array,
    serialNumber: Uint8Array,
  ): Promise<Extract<ScepAnswer, { kind: 'success' }>['message']> {
    const signer = signerOf(loadCertificate(identity.certificatePem), identity.privateKeyPem);
    const answer = await exchangePkiMessage(await this.#server(), {
      messageType,
      transactionId: toHex(new Uint8Array(randomBytes(16))),
      messageData: der.sequence(issuerDer, der.integerBytes(serialNumber)),
      signer,
      large: messageType === 'GetCRL',
    });
    switch (answer.kind) {
      case 'success':
        return answer.message;
      case 'failure':
        throw refusalOf(answer);
      case 'pending':
        throw new ScepError(
          'malformedAnswer',
          `${messageType} cannot be pending. Check the URL, or tell the operator.`,
        );
    }
  }

  async #server(): Promise<ScepServer> {
    this.#authority ??= await this.#askAuthority();
    const caps = this.#caps ?? (await this.getCaCaps());
    return { endpoint: this.#endpoint, authority: this.#authority, caps, options: this.#options };
  }

  async #askAuthority(): Promise<ScepAuthority> {
    const presented = await this.#endpoint.getCaCert();
    return readAnswer('A certificate of the server', () => selectAuthority(presented, this.#trust, new Date()));
  }
}

/** Octets of the INTEGER. Node and openssl print a serial number without the zero in front that keeps it positive. */
function serialNumberOf(hex: string): Uint8Array {
  const octets = fromHex(hex);
  const first = octets.findIndex((octet) => octet !== 0);
  const magnitude = octets.subarray(first === -1 ? octets.length : first);
  return (magnitude[0] ?? 0x80) < 0x80 ? magnitude : Uint8Array.of(0, ...magnitude);
}

function refusalOf({ failInfo, failInfoText }: Extract<ScepAnswer, { kind: 'failure' }>): ScepError {
  const meaning = failInfo === undefined ? 'no reason given' : failInfoMeanings[failInfo];
  return new ScepError(
    'refused',
    `The server refused (${failInfo ?? 'no failInfo'}): ${failInfoText ?? meaning}. Ask the operator, who sees why.`,
    { failInfo, failInfoText },
  );
}

function pemOf(privateKey: KeyObject): string {
  return privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
}
