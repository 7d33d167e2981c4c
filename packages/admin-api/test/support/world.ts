/** A whole administration listener over TLS with things in it, and a client for it. */
import { request as httpsRequest } from 'node:https';
import type { IncomingHttpHeaders, RequestOptions } from 'node:http';
import { ProfileRules, defaultSettings, plainEndpoint } from '@touchmark/ca';
import type { EnrollmentAttempt, IssuedCertificate, PublishedCrl } from '@touchmark/ca';
import { createSoftwareSigner, generateKeyPair } from '@touchmark/crypto';
import { serveHttps } from '@touchmark/http';
import type { HttpsListener } from '@touchmark/http';
import { createCertificationRequest } from '@touchmark/x509';
import { createAdminApp, roleNames } from '../../src/index.ts';
import type { RequestEvent, Role } from '../../src/index.ts';
import { MemoryServices } from './memory-services.ts';
import { TestAuthority } from './test-authority.ts';
import type { TestIdentity } from './test-authority.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly bytes: Uint8Array;
  /** Undefined when it is not JSON. */
  readonly json: unknown;
}

export interface Call {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** A string or bytes are sent as they are, anything else as JSON. */
  readonly body?: unknown;
  readonly token?: string;
  readonly identity?: Pick<TestIdentity, 'pem' | 'keyPem'>;
}

export interface World {
  readonly authority: TestAuthority;
  readonly services: MemoryServices;
  readonly listener: HttpsListener;
  readonly identities: Readonly<Record<Role, TestIdentity>>;
  /** A certificate of the same CA that belongs to nobody. */
  readonly stranger: TestIdentity;
  readonly serverIdentity: TestIdentity;
  /** In the registry from the start. */
  readonly certificate: IssuedCertificate;
  readonly failures: unknown[];
  readonly events: RequestEvent[];
  call(call: Call): Promise<Answer>;
  close(): Promise<void>;
}

export const tokenOf = (role: Role): string => `token-of-${role}`;

export async function createWorld(): Promise<World> {
  const authority = await TestAuthority.create();
  const services = createServices(authority);
  const identities = {} as Record<Role, TestIdentity>;
  for (const role of roleNames) {
    identities[role] = await authority.identify(`the ${role}`);
    const { fingerprintSha256, notAfter } = identities[role];
    services.addCredential(
      Buffer.from(fingerprintSha256).toString('hex'),
      { name: `cert-${role}`, role },
      { certificateFingerprintSha256: fingerprintSha256, expiresAt: notAfter },
    );
    services.addCredential(tokenOf(role), { name: `token-${role}`, role });
  }
  const certificate = await populate(services, authority);
  const failures: unknown[] = [];
  const events: RequestEvent[] = [];
  const serverIdentity = await authority.identify('localhost', [
    { kind: 'dns', value: 'localhost' },
    { kind: 'ip', value: '127.0.0.1' },
  ]);
  const listener = await serveHttps({
    listen: { host: '127.0.0.1', port: 0 },
    tls: {
      key: serverIdentity.keyPem,
      certificateChainPem: serverIdentity.pem + authority.issuing.certificate.pem,
      requestCert: true,
    },
    requestListener: createAdminApp({
      services,
      onError: (error) => failures.push(error),
      onRequest: (event) => events.push(event),
    }),
  });
  return {
    authority,
    services,
    listener,
    identities,
    stranger: await authority.identify('stranger'),
    serverIdentity,
    certificate,
    failures,
    events,
    call: (call) => send(listener.port, authority.root.certificate.pem, call),
    close: () => listener.close({ drainSeconds: 0 }),
  };
}

function createServices(authority: TestAuthority): MemoryServices {
  const { root, issuing } = authority;
  const services = new MemoryServices(authority, {
    version: '0.1.0',
    nodeVersion: process.version,
    startedAt: new Date(Date.now() - 60_000),
    now: new Date(),
    publicUrl: 'http://127.0.0.1:1',
    estUrl: 'https://127.0.0.1:2',
    rootFingerprintSha256: root.certificate.fingerprintSha256,
    checks: [{ name: 'registry', ok: true, message: 'answers' }],
    counts: { devices: 2 },
  });
  services.authorities.push(
    {
      id: 'authority-root',
      name: 'root',
      kind: 'root',
      issuerId: undefined,
      certificateDer: root.certificate.der,
      keyId: 'k1',
      ...defaultSettings('ec-p256'),
      signatureAlgorithm: 'ecdsa-with-SHA256',
      revision: 1,
    },
    {
      id: 'authority-issuing',
      name: 'issuing',
      kind: 'issuing',
      issuerId: 'authority-root',
      certificateDer: issuing.certificate.der,
      keyId: 'k2',
      ...defaultSettings('ec-p256'),
      signatureAlgorithm: 'ecdsa-with-SHA256',
      revision: 1,
    },
  );
  const rules = ProfileRules.parse({
    description: 'TLS servers',
    subject: [],
    subjectAltName: { fromRequest: ['dns', 'ip'] },
    keyAlgorithms: ['ec-p256'],
    extendedKeyUsage: ['serverAuth'],
    validity: { seconds: 90 * 86_400 },
  });
  services.addProfile({ name: 'server', version: 1, rules });
  services.endpoints.push({
    label: 'factory',
    protocol: 'est',
    authorityId: 'authority-issuing',
    profile: { name: 'device', version: 3, rules },
    acceptsSecret: true,
    acceptsCertificate: true,
    ...plainEndpoint,
    enabled: true,
    revision: 1,
  });
  return services;
}

async function populate(services: MemoryServices, authority: TestAuthority): Promise<IssuedCertificate> {
  const now = Date.now();
  services.devices.push(
    { id: 'pump-2', state: 'suspended', role: undefined, segment: undefined, fields: {}, createdAt: new Date(now) },
    { id: 'pump-1', state: 'active', role: undefined, segment: undefined, fields: {}, createdAt: new Date(now - 1000) },
  );
  const crl: PublishedCrl = {
    authorityId: 'authority-issuing',
    shard: 0,
    number: 41n,
    thisUpdate: new Date(now - 3_600_000),
    nextUpdate: new Date(now + 6 * 86_400_000),
    entryCount: 1,
    crlDer: new Uint8Array(),
  };
  services.crls.push(crl);
  const requestDer = await createRequestDer();
  services.attempts.push(attempt('attempt-2', 'refused', requestDer), attempt('attempt-1', 'issued', requestDer));
  const leaf = await authority.identify('pump-1', [{ kind: 'dns', value: 'pump-1.example.com' }]);
  return services.addCertificate({ ...leaf, certificateDer: leaf.der, profileName: 'device', deviceId: 'pump-1' });
}

async function createRequestDer(): Promise<Uint8Array> {
  const { privateKey } = await generateKeyPair('ec-p256');
  const subject = [{ attribute: 'commonName', value: 'pump-1' }] as const;
  return createCertificationRequest({ subject, signer: createSoftwareSigner(privateKey) });
}

function attempt(id: string, outcome: 'issued' | 'refused', requestDer: Uint8Array): EnrollmentAttempt {
  return {
    id,
    at: new Date(),
    protocol: 'est',
    operation: 'simpleenroll',
    endpointLabel: 'factory',
    remoteAddress: '192.0.2.7',
    transactionId: '9F3A',
    outcome,
    code: outcome === 'refused' ? 'secretExpired' : undefined,
    message: outcome === 'refused' ? 'The secret is too old.' : undefined,
    steps: [
      { step: 'parse', note: 'PKCS #10, P-256' },
      { step: 'authenticate', note: 'secret k7q2mzpa', warning: true },
    ],
    deviceId: 'pump-1',
    certificateId: undefined,
    secretId: 'k7q2mzpa',
    callerCertificateId: undefined,
    profile: { name: 'device', version: 3 },
    principal: undefined,
    requestDer,
    asked: undefined,
    durationMicroseconds: 1234,
  };
}

export function send(port: number, caPem: string, call: Call): Promise<Answer> {
  const raw = typeof call.body === 'string' || call.body instanceof Uint8Array;
  const body = call.body === undefined || raw ? call.body : JSON.stringify(call.body);
  const headers: Record<string, string | readonly string[]> = {
    // Node frames the body of a GET only when it is told its length.
    ...(body !== undefined && {
      'Content-Type': 'application/json',
      'Content-Length': String(Buffer.byteLength(body)),
    }),
    ...(call.token !== undefined && { Authorization: `Bearer ${call.token}` }),
    ...call.headers,
  };
  const options: RequestOptions & { ca: string; cert?: string; key?: string } = {
    host: '127.0.0.1',
    port,
    path: call.path,
    method: call.method ?? 'GET',
    ca: caPem,
    agent: false,
    headers: headers as Record<string, string>,
    ...(call.identity !== undefined && { cert: call.identity.pem, key: call.identity.keyPem }),
  };
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest(options, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const text = bytes.toString('utf8');
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, bytes, json: parse(text) });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
