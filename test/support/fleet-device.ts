/** A device inside the test's process: its own key, request and connection, so that hundreds can enroll at once. */
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import type { AgentOptions } from 'node:https';
import { encodePem } from '@touchmark/asn1';
import { parseCertsOnly } from '@touchmark/cms';
import { createSoftwareSigner, generateKeyPair } from '@touchmark/crypto';
import type { KeyPair } from '@touchmark/crypto';
import { createCertificationRequest } from '@touchmark/x509';
import { exchange } from './https-exchange.ts';
import type { HttpsAnswer } from './https-exchange.ts';
import type { Touchmark } from './touchmark.ts';

/** `lost`: no whole answer came, so nobody but the registry knows what became of the request. */
export type EnrollmentAnswer =
  | { readonly kind: 'issued'; readonly certificateDer: Uint8Array; readonly beganAt: number }
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly reason: string;
      readonly retryAfterSeconds: number | undefined;
      readonly beganAt: number;
    }
  | { readonly kind: 'lost'; readonly error: Error };

/** Where a fleet enrolls, and the root that it trusts. */
export interface EstService {
  readonly url: string;
  readonly rootPem: string;
}

export function estServiceOf(touchmark: Touchmark): EstService {
  return {
    url: `${touchmark.firstRun.estUrl}/.well-known/est/factory`,
    rootPem: readFileSync(touchmark.rootCertificateFile, 'utf8'),
  };
}

/** A key and the request for it. */
export interface RequestedKey {
  readonly keyPair: KeyPair;
  readonly requestDer: Uint8Array;
}

export async function requestKey(commonName: string): Promise<RequestedKey> {
  const keyPair = await generateKeyPair('ec-p256');
  const signer = createSoftwareSigner(keyPair.privateKey);
  const requestDer = await createCertificationRequest({
    subject: [{ attribute: 'commonName', value: commonName }],
    signer,
  });
  return { keyPair, requestDer };
}

export class FleetDevice {
  readonly id: string;
  readonly secret: string;
  readonly requested: RequestedKey;

  constructor(id: string, secret: string, requested: RequestedKey) {
    this.id = id;
    this.secret = secret;
    this.requested = requested;
  }

  /** Each call on a connection of its own, unless an agent is given; the same request unless another is given. */
  enroll(
    service: EstService,
    requestDer = this.requested.requestDer,
    agent = new Agent({ ca: service.rootPem, maxCachedSessions: 0 }),
  ): Promise<EnrollmentAnswer> {
    return ask(service, 'simpleenroll', requestDer, agent, { Authorization: basic(this.secret) });
  }
}

/** The connections of a device that presents a certificate in the TLS handshake. */
export class CertifiedConnection {
  readonly #service: EstService;
  readonly #agent: Agent;

  constructor(service: EstService, certificateDer: Uint8Array, { privateKey }: KeyPair) {
    const options: AgentOptions = {
      ca: service.rootPem,
      cert: encodePem('CERTIFICATE', certificateDer),
      key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      keepAlive: true,
      maxSockets: 1,
      maxCachedSessions: 0,
    };
    this.#service = service;
    this.#agent = new Agent(options);
  }

  /** Makes the connection, so that a later request is on its way at once. */
  async open(): Promise<void> {
    const { status } = await exchange(`${this.#service.url}/cacerts`, { agent: this.#agent });
    if (status !== 200) throw new Error(`cacerts was answered with ${status}`);
  }

  renew(
    requestDer: Uint8Array,
    operation: 'simplereenroll' | 'simpleenroll' = 'simplereenroll',
  ): Promise<EnrollmentAnswer> {
    return ask(this.#service, operation, requestDer, this.#agent, {});
  }

  close(): void {
    this.#agent.destroy();
  }
}

async function ask(
  service: EstService,
  operation: string,
  requestDer: Uint8Array,
  agent: Agent,
  headers: Readonly<Record<string, string>>,
): Promise<EnrollmentAnswer> {
  try {
    const options = { method: 'POST', agent, headers: { 'Content-Type': 'application/pkcs10', ...headers } };
    return answerOf(await exchange(`${service.url}/${operation}`, options, Buffer.from(requestDer).toString('base64')));
  } catch (error) {
    return { kind: 'lost', error: error instanceof Error ? error : new Error(String(error)) };
  }
}

function answerOf({ status, headers, body, beganAt }: HttpsAnswer): EnrollmentAnswer {
  if (status !== 200) {
    const reason = String(headers['touchmark-reason']);
    const retryAfter = headers['retry-after'];
    const retryAfterSeconds = retryAfter === undefined ? undefined : Number(retryAfter);
    return { kind: 'refused', status, reason, retryAfterSeconds, beganAt };
  }
  const { certificatesDer } = parseCertsOnly(new Uint8Array(Buffer.from(body.toString(), 'base64')));
  const [certificateDer] = certificatesDer;
  if (certificateDer === undefined || certificatesDer.length > 1) throw new Error('not exactly one certificate came');
  return { kind: 'issued', certificateDer, beganAt };
}

function basic(secret: string): string {
  return `Basic ${Buffer.from(`:${secret}`).toString('base64')}`;
}
