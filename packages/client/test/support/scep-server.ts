/** A small SCEP server over plain HTTP: it really decrypts, verifies, issues, encrypts and signs, and then errs where a test says so. */
import { constants, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DerReader, der, equalBytes, readWhole, rfc5652, rfc6402, rfc8894 } from '@touchmark/asn1';
import {
  decryptKeyWith,
  encodeCertsOnly,
  encodeEnvelopedData,
  encodeSignedData,
  openEnvelopedData,
  parseEnvelopedData,
  parseSignedData,
  singleValue,
  verifySignerInfo,
} from '@touchmark/cms';
import type { CipherName, CmsAttribute, CmsDigest } from '@touchmark/cms';
import { parsePublicKey } from '@touchmark/crypto';
import type { TestAuthority } from '@touchmark/testkit';
import {
  commonNameOf,
  parseCertificate,
  parseCertificationRequest,
  parseName,
  sameName,
  subjectAltNamesOf,
  verifyProofOfPossession,
} from '@touchmark/x509';
import type { Certificate, CertificationRequest, NameAttribute } from '@touchmark/x509';
import { signCrl } from './crl.ts';

export interface Holder {
  readonly certificate: Certificate;
  readonly privateKey: KeyObject;
}

export interface ScepCall {
  readonly operation: string;
  readonly method: string;
  /** The query as it came. */
  readonly query: string;
  /** As it came, for PKIOperation. */
  readonly body: Uint8Array;
  readonly message: ReceivedMessage | undefined;
}

/** Verified and decrypted. */
export interface ReceivedMessage {
  readonly messageType: string;
  readonly transactionId: string;
  readonly senderNonce: Uint8Array;
  readonly signer: Certificate;
  readonly digest: CmsDigest;
  readonly cipher: CipherName;
  readonly messageData: Uint8Array;
  /** Of PKCSReq and RenewalReq. */
  readonly request: CertificationRequest | undefined;
}

/** What stands in a CertRep. */
export interface CertRepFields {
  readonly messageType: string;
  readonly pkiStatus: string;
  readonly transactionId: string;
  readonly recipientNonce: Uint8Array | undefined;
  readonly failInfo: string | undefined;
  readonly failInfoText: string | undefined;
  /** What is encrypted; undefined: the message has no content. */
  readonly content: Uint8Array | undefined;
  /** The EnvelopedData instead of one around `content`. */
  readonly envelope: Uint8Array | undefined;
  readonly signedBy: Holder;
  readonly encryptedFor: Certificate;
  readonly digest: CmsDigest;
  readonly cipher: CipherName;
}

export interface HttpReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

export interface TestScepServer {
  readonly url: string;
  readonly calls: ScepCall[];
  readonly ra: Holder;
  caps: string;
  /** Of GetCACert: a certs-only message of these, or the only one of them. */
  presented: readonly Uint8Array[];
  /** The challenge that a PKCSReq without a certificate needs. */
  challenge: string;
  /** While true, requests wait. */
  holding: boolean;
  /** What an answer says instead. */
  alter: ((honest: CertRepFields) => Partial<CertRepFields> | Promise<Partial<CertRepFields>>) | undefined;
  /** Further header fields of an answer to PKIOperation. */
  fields: Readonly<Record<string, string>>;
  /** Answers an operation instead. */
  override: ((operation: string, response: ServerResponse) => HttpReply | undefined | 'taken') | undefined;
  /** Of GetNextCACert. */
  nextCa: () => Promise<Uint8Array>;
  close(): void;
}

/** All that the RFC has, in the order of no importance. */
export const allCaps = 'AES\nDES3\nGetNextCACert\nPOSTPKIOperation\nRenewal\nSHA-1\nSHA-256\nSHA-512\nSCEPStandard\n';

export async function startScepServer(authority: TestAuthority, ownRa?: Holder): Promise<TestScepServer> {
  const ra = ownRa ?? (await createRa(authority));
  const issued: Certificate[] = [];
  const waiting = new Map<string, CertificationRequest>();
  const server = createServer((incoming, outgoing) => {
    void handle(incoming, outgoing).catch((error: unknown) => {
      outgoing.writeHead(500, { 'Content-Type': 'text/plain' }).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const started: TestScepServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/scep/factory`,
    calls: [],
    ra,
    caps: allCaps,
    presented: [ra.certificate.der, ...authority.chainDer].filter(
      (certificateDer, index, all) => all.findIndex((other) => equalBytes(other, certificateDer)) === index,
    ),
    challenge: 'k7q2mzpa',
    holding: false,
    alter: undefined,
    fields: {},
    override: undefined,
    nextCa: async () => signMessage(encodeCertsOnly([authority.root.certificateDer]), [], ra, 'sha256'),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { operation, query, body } = await readHttp(incoming);
    const reply = started.override?.(operation, outgoing);
    const message = operation === 'PKIOperation' && reply === undefined ? await open(body, ra) : undefined;
    started.calls.push({ operation, method: incoming.method ?? '', query, body, message });
    if (reply === 'taken') return;
    const { status = 200, headers = {}, body: answer = '' } = reply ?? (await answerTo(operation, message));
    outgoing.writeHead(status, headers).end(answer);
  }

  async function answerTo(operation: string, message: ReceivedMessage | undefined): Promise<HttpReply> {
    if (operation === 'GetCACaps') return { headers: { 'Content-Type': 'text/plain' }, body: started.caps };
    if (operation === 'GetCACert') return certificatesReply(started.presented);
    if (operation === 'GetNextCACert')
      return { headers: { 'Content-Type': 'application/x-x509-next-ca-cert' }, body: await started.nextCa() };
    if (message === undefined) return { status: 400 };
    const honest = { ...honestAnswer(message, ra), ...(await decide(message)) };
    const fields = { ...honest, ...(await started.alter?.(honest)) };
    const headers = { 'Content-Type': 'application/x-pki-message', ...started.fields };
    return { headers, body: await encodeCertRep(fields) };
  }

  async function decide(message: ReceivedMessage): Promise<Partial<CertRepFields>> {
    const { messageType, transactionId, request, signer } = message;
    switch (messageType) {
      case '17':
      case '19': {
        if (request === undefined) return refuse('2', 'no request');
        const known = issued.some(({ der: certificateDer }) => equalBytes(certificateDer, signer.der));
        if (!known && request.challengePassword !== started.challenge) return refuse('2', 'The challenge is wrong.');
        waiting.set(transactionId, request);
        return started.holding ? { pkiStatus: '3', content: undefined } : grant(request);
      }
      case '20': {
        const request = waiting.get(transactionId);
        const issuerAndSubject = readWhole(message.messageData);
        const issuer = parseName(issuerAndSubject.element());
        const subject = parseName(issuerAndSubject.element());
        if (request === undefined || !sameName(subject, request.subject)) return refuse('4', undefined);
        if (!sameName(issuer, authority.issuing.certificate.subject)) return refuse('4', 'another CA');
        return started.holding ? { pkiStatus: '3', content: undefined } : grant(request);
      }
      case '21': {
        const serialNumber = askedSerialNumber(message.messageData);
        const found = issued.find((certificate) => equalBytes(certificate.serialNumber, serialNumber));
        return found === undefined ? refuse('4', undefined) : { content: encodeCertsOnly([found.der]) };
      }
      case '22':
        return {
          content: encodeCertsOnly(
            [],
            [await signCrl(authority.issuing, { revoked: [[askedSerialNumber(message.messageData), 'superseded']] })],
          ),
        };
      default:
        return refuse('2', `messageType ${messageType}`);
    }
  }

  async function grant(request: CertificationRequest): Promise<Partial<CertRepFields>> {
    const { keyObject } = parsePublicKey(request.subjectPublicKeyInfoDer);
    if (!verifyProofOfPossession(request, keyObject)) return refuse('1', 'no proof of possession');
    const certificate = await authority.certify(request.subjectPublicKeyInfoDer, {
      subject: subjectOf(request),
      subjectAltNames: subjectAltNamesOf({ extensions: request.requestedExtensions }),
    });
    issued.push(certificate);
    return { content: encodeCertsOnly([certificate.der]) };
  }
  return started;
}

export async function createRa(
  authority: TestAuthority,
  purposes: readonly string[] = [rfc6402['id-kp-cmcRA']],
): Promise<Holder> {
  return authority.issue({
    keyAlgorithm: 'rsa-2048',
    subject: [{ attribute: 'commonName', value: 'Test RA' }],
    extendedKeyUsage: purposes,
  });
}

/** One certificate alone, or several in a certs-only message (RFC 8894 §4.2.1). */
function certificatesReply(presented: readonly Uint8Array[]): HttpReply {
  const [only, ...more] = presented;
  return only !== undefined && more.length === 0
    ? { headers: { 'Content-Type': 'application/x-x509-ca-cert' }, body: only }
    : { headers: { 'Content-Type': 'application/x-x509-ca-ra-cert' }, body: encodeCertsOnly(presented) };
}

function honestAnswer(message: ReceivedMessage, ra: Holder): CertRepFields {
  return {
    messageType: '3',
    pkiStatus: '0',
    transactionId: message.transactionId,
    recipientNonce: message.senderNonce,
    failInfo: undefined,
    failInfoText: undefined,
    content: undefined,
    envelope: undefined,
    signedBy: ra,
    encryptedFor: message.signer,
    digest: message.digest,
    cipher: message.cipher,
  };
}

function refuse(failInfo: string, failInfoText: string | undefined): Partial<CertRepFields> {
  return { pkiStatus: '2', failInfo, failInfoText, content: undefined };
}

function encodeCertRep(fields: CertRepFields): Promise<Uint8Array> {
  const text = (oid: string, value: string): CmsAttribute => ({ oid, values: [der.printableString(value)] });
  const octets = (oid: string, value: Uint8Array): CmsAttribute => ({ oid, values: [der.octetString(value)] });
  const { content, encryptedFor, failInfo, failInfoText, recipientNonce } = fields;
  const attributes = [
    text(rfc8894['id-transactionID'], fields.transactionId),
    text(rfc8894['id-messageType'], fields.messageType),
    text(rfc8894['id-pkiStatus'], fields.pkiStatus),
    octets(rfc8894['id-senderNonce'], new Uint8Array(16)),
    ...(recipientNonce === undefined ? [] : [octets(rfc8894['id-recipientNonce'], recipientNonce)]),
    ...(failInfo === undefined ? [] : [text(rfc8894['id-failInfo'], failInfo)]),
    ...(failInfoText === undefined
      ? []
      : [{ oid: rfc8894['id-scep-failInfoText'], values: [der.utf8String(failInfoText)] }]),
  ];
  const recipient = {
    certificate: encryptedFor,
    publicKey: parsePublicKey(encryptedFor.subjectPublicKeyInfoDer).keyObject,
  };
  const envelope = fields.envelope ?? (content && encodeEnvelopedData(content, recipient, fields.cipher));
  return signMessage(envelope, attributes, fields.signedBy, fields.digest);
}

export function signMessage(
  content: Uint8Array | undefined,
  attributes: readonly CmsAttribute[],
  { certificate, privateKey }: Holder,
  digest: CmsDigest,
): Promise<Uint8Array> {
  return encodeSignedData(
    {
      contentType: rfc5652['id-data'],
      content,
      digest,
      attributes,
      signerCertificate: certificate,
      certificatesDer: [certificate.der],
    },
    async (algorithm, data) =>
      new Uint8Array(sign(algorithm, data, { key: privateKey, padding: constants.RSA_PKCS1_PADDING })),
  );
}

interface HttpRequest {
  readonly operation: string;
  readonly query: string;
  readonly body: Uint8Array;
}

/** A message is in the body, or in the query in base64. */
async function readHttp(incoming: IncomingMessage): Promise<HttpRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const query = (incoming.url ?? '').split('?')[1] ?? '';
  const parameters = new Map(
    query.split('&').map((pair) => {
      const [name = '', value = ''] = pair.split('=');
      return [name, decodeURIComponent(value)];
    }),
  );
  const body =
    incoming.method === 'POST' ? Buffer.concat(chunks) : Buffer.from(parameters.get('message') ?? '', 'base64');
  return { operation: parameters.get('operation') ?? '', query, body: new Uint8Array(body) };
}

async function open(body: Uint8Array, ra: Holder): Promise<ReceivedMessage> {
  const { contentType, content, certificatesDer, signers } = parseSignedData(body);
  const [signer] = signers;
  const certificate = certificatesDer.map((certificateDer) => parseCertificate(certificateDer))[0];
  if (signer === undefined || certificate === undefined || content === undefined) throw new Error('nothing signed');
  const { keyObject } = parsePublicKey(certificate.subjectPublicKeyInfoDer);
  if (!verifySignerInfo(signer, contentType, content, keyObject)) throw new Error('the signature is wrong');
  const envelope = parseEnvelopedData(content);
  const messageData = await openEnvelopedData(envelope, ra.certificate, decryptKeyWith(ra.privateKey));
  const value = (name: keyof typeof rfc8894): DerReader => {
    const found = singleValue(signer.signedAttributes, rfc8894[name]);
    if (found === undefined) throw new Error(`no ${name}`);
    return new DerReader(found);
  };
  const messageType = value('id-messageType').string().value;
  return {
    messageType,
    transactionId: value('id-transactionID').string().value,
    senderNonce: value('id-senderNonce').octetString(),
    signer: certificate,
    digest: signer.digest!,
    cipher: envelope.cipher,
    messageData,
    request: ['17', '19'].includes(messageType) ? parseCertificationRequest(messageData) : undefined,
  };
}

function askedSerialNumber(issuerAndSerialNumber: Uint8Array): Uint8Array {
  const reader = readWhole(issuerAndSerialNumber);
  reader.element();
  return reader.integerBytes();
}

function subjectOf({ subject }: CertificationRequest): NameAttribute[] {
  return [{ attribute: 'commonName', value: commonNameOf(subject) ?? '' }];
}
