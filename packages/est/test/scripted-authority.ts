/** An authority that answers as it is told and remembers what it was asked. */
import { X509Certificate } from 'node:crypto';
import { decodePem } from '@touchmark/asn1';
import { CaError } from '@touchmark/ca';
import type { EarlyRefusal, EnrollmentOutcome, EnrollmentRequest } from '@touchmark/ca';
import type { HttpRequest, TlsConnection } from '@touchmark/http';
import type { CsrAttributes, EstAuthority } from '../src/index.ts';
import { deviceIdentity, requestPem, serverIdentity } from './identities.ts';

export const certificateDer = new Uint8Array(new X509Certificate(deviceIdentity.certificateChainPem).raw);
export const rootDer = new Uint8Array(new X509Certificate(serverIdentity.certificateChainPem).raw);
export const requestDer = decodePem(requestPem)[0]!.bytes;
export const requestBase64 = Buffer.from(requestDer).toString('base64');

export const noCsrAttributes: CsrAttributes = {
  keyAlgorithms: [],
  subjectAttributes: [],
  extensions: [],
  channelBinding: false,
};

export class ScriptedAuthority implements EstAuthority {
  defaultLabel: string | undefined = 'factory';
  csrAttributes: CsrAttributes = noCsrAttributes;
  /** What `enroll` answers; a function may throw. */
  outcome: EnrollmentOutcome | ((request: EnrollmentRequest) => EnrollmentOutcome) = {
    kind: 'issued',
    attemptId: 'attempt-1',
    certificateDer,
  };
  /** What `recordRefusal` does. */
  record: (refusal: EarlyRefusal) => string = () => 'early-1';
  readonly requests: EnrollmentRequest[] = [];
  readonly refusals: EarlyRefusal[] = [];
  readonly #caCertificates = [certificateDer, rootDer];

  getCaCertificates(label: string): readonly Uint8Array[] {
    this.#check(label);
    return this.#caCertificates;
  }

  getCsrAttributes(label: string): CsrAttributes {
    this.#check(label);
    return this.csrAttributes;
  }

  async enroll(request: EnrollmentRequest): Promise<EnrollmentOutcome> {
    this.requests.push(request);
    return typeof this.outcome === 'function' ? this.outcome(request) : this.outcome;
  }

  async recordRefusal(refusal: EarlyRefusal): Promise<string> {
    this.refusals.push(refusal);
    return this.record(refusal);
  }

  #check(label: string): void {
    if (label !== 'factory') throw new CaError('endpointUnknown', `There is no EST endpoint "${label}".`);
  }
}

export const tls13: TlsConnection = {
  protocol: 'TLSv1.3',
  peerCertificateDer: undefined,
  tlsUnique: undefined,
  tlsExporter: Uint8Array.from({ length: 32 }, (_, index) => index),
};

/** Basic, with the secret as the password. */
export const basic = (userName: string, password: string): string =>
  `Basic ${Buffer.from(`${userName}:${password}`).toString('base64')}`;

/** A request without a socket. By default a well-formed POST to simpleenroll with a secret. */
export function estRequest(
  fields: Partial<Omit<HttpRequest, 'headers' | 'readBody'>> & {
    readonly headers?: Record<string, string>;
    readonly body?: string | Uint8Array;
  } = {},
): HttpRequest {
  const {
    headers = { authorization: basic('', 'secret'), 'content-type': 'application/pkcs10' },
    body = requestBase64,
    ...rest
  } = fields;
  const bytes = typeof body === 'string' ? new Uint8Array(Buffer.from(body, 'latin1')) : body;
  return {
    id: 'request-1',
    method: 'POST',
    path: '/.well-known/est/simpleenroll',
    rawQuery: undefined,
    remoteAddress: '192.0.2.7',
    tls: tls13,
    ...rest,
    headers: new Map(Object.entries(headers)),
    readBody: async () => bytes,
  };
}
