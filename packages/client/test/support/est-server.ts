/** A small EST server over real TLS, with the testkit's authority behind it. */
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import { der, rfc5280, rfc5652, toBase64 } from '@touchmark/asn1';
import { parsePublicKey } from '@touchmark/crypto';
import type { TestAuthority } from '@touchmark/testkit';
import { parseCertificationRequest, subjectAltNamesOf, verifyProofOfPossession } from '@touchmark/x509';
import type { Certificate, CertificationRequest } from '@touchmark/x509';

export interface EstReply {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

export interface EstCall {
  readonly operation: string;
  readonly authorization: string | undefined;
  readonly clientSerial: string | undefined;
  readonly request: CertificationRequest | undefined;
}

export interface TestEstServer {
  readonly url: string;
  readonly calls: EstCall[];
  /** Answers instead of issuing. */
  override: ((call: EstCall) => Promise<EstReply | undefined>) | undefined;
  close(): void;
}

const label = '/.well-known/est/factory/';

export async function startEstServer(
  authority: TestAuthority,
  cacerts: readonly Uint8Array[] = authority.chainDer,
): Promise<TestEstServer> {
  const identity = await authority.issue({
    subject: [{ attribute: 'commonName', value: 'localhost' }],
    subjectAltNames: [{ kind: 'ip', value: '127.0.0.1' }],
    extendedKeyUsage: [rfc5280['id-kp-serverAuth']],
  });
  const calls: EstCall[] = [];
  const tls = {
    key: identity.privateKeyPem,
    cert: identity.certificatePem + authority.chainPem,
    ca: authority.chainPem,
    requestCert: true,
    rejectUnauthorized: false,
  };
  const server: Server = createServer(tls, (incoming, outgoing) => {
    void handle(incoming).then(({ status, headers = {}, body = '' }) => outgoing.writeHead(status, headers).end(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const started: TestEstServer = {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}${label.slice(0, -1)}`,
    calls,
    override: undefined,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };

  async function handle(incoming: IncomingMessage): Promise<EstReply> {
    const call = await read(incoming);
    calls.push(call);
    const reply = await started.override?.(call);
    if (reply !== undefined) return reply;
    if (call.operation === 'cacerts') return certsOnlyReply(cacerts);
    if (call.operation === 'csrattrs')
      return { status: 200, body: toBase64(der.sequence(der.oid('1.2.840.113549.1.9.7'))) };
    return call.request === undefined ? { status: 404 } : certsOnlyReply([(await issue(authority, call.request)).der]);
  }
  return started;
}

async function read(incoming: IncomingMessage): Promise<EstCall> {
  let text = '';
  for await (const chunk of incoming) text += String(chunk);
  const { socket } = incoming;
  if (!(socket instanceof TLSSocket)) throw new Error('no TLS');
  return {
    operation: (incoming.url ?? '').slice(label.length),
    authorization: incoming.headers.authorization,
    clientSerial: socket.authorized ? socket.getPeerCertificate().serialNumber.toLowerCase() : undefined,
    request: text === '' ? undefined : parseCertificationRequest(new Uint8Array(Buffer.from(text, 'base64'))),
  };
}

export async function issue(authority: TestAuthority, request: CertificationRequest): Promise<Certificate> {
  const { keyObject } = parsePublicKey(request.subjectPublicKeyInfoDer);
  if (!verifyProofOfPossession(request, keyObject)) throw new Error('no proof of possession');
  const [rdn] = request.subject.rdns;
  return authority.certify(request.subjectPublicKeyInfoDer, {
    subject: [{ attribute: 'commonName', value: rdn?.[0]?.value ?? '' }],
    subjectAltNames: subjectAltNamesOf({ extensions: request.requestedExtensions }),
  });
}

/** RFC 5652 §5.1 degenerate SignedData, base64 in lines. */
export function certsOnlyReply(certificatesDer: readonly Uint8Array[]): EstReply {
  const signedData = der.sequence(
    der.integer(1),
    der.set(),
    der.sequence(der.oid(rfc5652['id-data'])),
    der.context(0, { constructed: true }, ...certificatesDer),
    der.set(),
  );
  const contentInfo = der.sequence(der.oid(rfc5652['id-signedData']), der.explicit(0, signedData));
  const body = (toBase64(contentInfo).match(/.{1,64}/g) ?? []).join('\n');
  return {
    status: 200,
    headers: { 'Content-Type': 'application/pkcs7-mime; smime-type=certs-only' },
    body: `${body}\n`,
  };
}
