/** EST requests as a test words them, and what they get. */
import { randomBytes } from 'node:crypto';
import { encodePem } from '@touchmark/asn1';
import { parseCertsOnly } from '@touchmark/cms';
import { parseCertificate } from '@touchmark/x509';
import type { Certificate } from '@touchmark/x509';
import { buildCertificationRequest } from '@touchmark/testkit';
import type { TestRequest, TestRequestFields } from '@touchmark/testkit';
import type { ConnectionOptions } from 'node:tls';
import { EstSocket } from './est-socket.ts';
import type { ClientCredential, EstServer, WireAnswer } from './est-socket.ts';

export interface EstRequest {
  /** Default `simpleenroll`. */
  readonly operation?: string;
  /** Default `factory`. */
  readonly label?: string;
  /** Instead of operation and label. */
  readonly path?: string;
  /** Default POST. */
  readonly method?: string;
  readonly secret?: string;
  readonly userName?: string;
  /** DER is sent in base64, text as it is. */
  readonly body?: Uint8Array | string;
  /** Further fields; one that is undefined takes away the one that would be sent. */
  readonly fields?: Readonly<Record<string, string | undefined>>;
  readonly client?: ClientCredential;
  readonly tls?: ConnectionOptions;
}

/** The octets of a request, with a true Content-Length. */
export function encodeRequest(request: EstRequest): Buffer {
  const { operation = 'simpleenroll', label = 'factory', method = 'POST', body = '', secret, userName = '' } = request;
  const path = request.path ?? `/.well-known/est/${label}/${operation}`;
  const content = Buffer.from(typeof body === 'string' ? body : toBase64Lines(body), 'latin1');
  const fields: Record<string, string | undefined> = {
    Host: 'est.example.com',
    ...(secret === undefined ? {} : { Authorization: basic(userName, secret) }),
    ...(method === 'POST' ? { 'Content-Type': 'application/pkcs10', 'Content-Length': String(content.length) } : {}),
    ...request.fields,
  };
  const lines = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  const head = `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), content]);
}

/** One request on a connection of its own. */
export async function askEst(server: EstServer, request: EstRequest): Promise<WireAnswer> {
  return askEstOctets(server, encodeRequest(request), request);
}

/** The same with octets that are no well-formed request. */
export async function askEstOctets(
  server: EstServer,
  octets: string | Uint8Array,
  { client, tls }: Pick<EstRequest, 'client' | 'tls'> = {},
): Promise<WireAnswer> {
  const socket = await EstSocket.open(server, client, tls);
  try {
    socket.write(octets);
    return await socket.answer();
  } finally {
    socket.close();
  }
}

export function basic(userName: string, password: string): string {
  return `Basic ${Buffer.from(`${userName}:${password}`).toString('base64')}`;
}

export function toBase64Lines(bytes: Uint8Array, end = '\n'): string {
  return (
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  )
    .map((line) => line + end)
    .join('');
}

/** The certificates in an answer, in their order. */
export function certificatesIn(answer: Pick<WireAnswer, 'body'>): Certificate[] {
  const contentInfoDer = new Uint8Array(Buffer.from(answer.body.toString('latin1'), 'base64'));
  return parseCertsOnly(contentInfoDer).certificatesDer.map((certificateDer) => parseCertificate(certificateDer));
}

/** The one certificate in an answer. */
export function certificateIn(answer: Pick<WireAnswer, 'body'>): Certificate {
  const [certificate, ...others] = certificatesIn(answer);
  if (certificate === undefined || others.length > 0) throw new Error('The answer has not exactly one certificate.');
  return certificate;
}

export interface EnrolledDevice extends ClientCredential {
  readonly name: string;
  readonly request: TestRequest;
  readonly certificate: Certificate;
  readonly serialNumberHex: string;
}

/** Enrolls a device of a new name, or the one given. @throws Error with the refusal */
export async function enrollDevice(
  server: EstServer,
  secret: string,
  { label, ...fields }: TestRequestFields & { readonly label?: string } = {},
): Promise<EnrolledDevice> {
  const { commonName = newDeviceName() } = fields;
  const request = await buildCertificationRequest({ ...fields, commonName });
  const body = request.certificationRequestDer;
  const answer = await askEst(server, { secret, body, ...(label === undefined ? {} : { label }) });
  if (answer.status !== 200) throw new Error(`${commonName} was refused: ${answer.head}\n${answer.body.toString()}`);
  return enrolled(commonName, request, certificateIn(answer));
}

export function enrolled(name: string, request: TestRequest, certificate: Certificate): EnrolledDevice {
  return {
    name,
    request,
    certificate,
    serialNumberHex: Buffer.from(certificate.serialNumber).toString('hex'),
    certificatePem: encodePem('CERTIFICATE', certificate.der),
    privateKeyPem: request.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}

export function newDeviceName(): string {
  return `device-${randomBytes(6).toString('hex')}`;
}
