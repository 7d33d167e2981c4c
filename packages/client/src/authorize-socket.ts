/** Whether the client at the other end of a TLS connection is a device that may be served now. */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { DetailedPeerCertificate } from 'node:tls';
import { rfc5280 } from '@touchmark/asn1';
import { findExtension, parseCertificate, parseExtendedKeyUsage } from '@touchmark/x509';
import type { Certificate } from '@touchmark/x509';
import { describeCertificate, deviceIdOfCommonName } from './device.ts';
import type { Device, DeviceIdOf } from './device.ts';
import type { RevocationChecker, RevocationVerdict } from './revocation-verdict.ts';

export interface AuthorizeOptions {
  readonly revocation: Pick<RevocationChecker, 'check'>;
  readonly deviceIdOf?: DeviceIdOf | undefined;
  readonly now?: (() => Date) | undefined;
  /** Told of every device that is accepted; must not throw. See `createSeenReporter`. */
  readonly onAccepted?: ((device: Device) => void) | undefined;
}

export type RefusalCode =
  | 'notTls'
  | 'certificateMissing'
  | 'sessionResumed'
  | 'certificateNotTrusted'
  | 'certificateMalformed'
  | 'certificateNotYetValid'
  | 'certificateExpired'
  | 'notForClients'
  | 'deviceIdMissing'
  | 'certificateRevoked'
  | 'revocationUnknown';

export type Authorization =
  | { readonly kind: 'accepted'; readonly device: Device }
  | { readonly kind: 'refused'; readonly status: 401 | 403; readonly code: RefusalCode; readonly message: string };
type Refusal = Extract<Authorization, { kind: 'refused' }>;

/** What was found out about a connection once; validity and revocation are looked at every time. */
interface Peer {
  readonly kind: 'peer';
  readonly certificate: Certificate;
  readonly chain: readonly Certificate[];
  readonly description: Device['certificate'];
}

const longestChain = 8;
const peers = new WeakMap<Socket, Peer | Refusal>();

/**
 * Call it for every request, not once per connection: certificates expire and are revoked while connections live. The
 * server must ask for a client certificate and issue no session tickets (`serverTlsOptions`). Never rejects.
 */
export async function authorizeSocket(socket: Socket, options: AuthorizeOptions): Promise<Authorization> {
  const peer = peers.get(socket) ?? inspect(socket);
  peers.set(socket, peer);
  if (peer.kind === 'refused') return peer;
  const { certificate } = peer;
  const now = options.now?.() ?? new Date();
  if (now < certificate.notBefore) {
    return refuse(403, 'certificateNotYetValid', 'The client certificate is not valid yet: check the clock.');
  }
  // notAfter is inclusive: valid through its last second (RFC 5280 §4.1.2.5).
  if (now.getTime() >= certificate.notAfter.getTime() + 1000) {
    return refuse(
      403,
      'certificateExpired',
      `The client certificate expired at ${certificate.notAfter.toISOString()}.`,
    );
  }
  const id = (options.deviceIdOf ?? deviceIdOfCommonName)(certificate);
  if (id === undefined || id === '') {
    return refuse(403, 'deviceIdMissing', 'The client certificate names no device.');
  }
  const verdict = await checkRevocation(options.revocation, peer);
  switch (verdict.kind) {
    case 'good': {
      const device = { id, certificate: peer.description };
      options.onAccepted?.(device);
      return { kind: 'accepted', device };
    }
    case 'revoked':
      return refuse(403, 'certificateRevoked', `The client certificate is revoked (${verdict.reason}).`);
    case 'unavailable':
      return refuse(
        403,
        'revocationUnknown',
        `Whether the client certificate is revoked is not known. ${verdict.message}`,
      );
  }
}

/** A checker that fails has not said "good". */
async function checkRevocation(revocation: AuthorizeOptions['revocation'], peer: Peer): Promise<RevocationVerdict> {
  try {
    return await revocation.check(peer.certificate, peer.chain);
  } catch (error) {
    return { kind: 'unavailable', message: error instanceof Error ? error.message : String(error) };
  }
}

/** What does not change while the connection lives. */
function inspect(socket: Socket): Peer | Refusal {
  if (!(socket instanceof TLSSocket)) return refuse(403, 'notTls', 'This needs TLS with a client certificate.');
  // A resumed TLS 1.3 session reports a client without a certificate, or with a foreign one, as authorized.
  if (socket.isSessionReused()) {
    return refuse(403, 'sessionResumed', 'The TLS session was resumed: connect anew, with a full handshake.');
  }
  const presented = socket.getPeerX509Certificate();
  if (presented === undefined)
    return refuse(401, 'certificateMissing', 'Present a client certificate in the TLS handshake.');
  if (!socket.authorized) {
    // Node puts the code of the verification here, though the type says Error.
    const reason = String(socket.authorizationError);
    return reason === 'CERT_HAS_EXPIRED'
      ? refuse(403, 'certificateExpired', 'The client certificate, or one above it, has expired.')
      : refuse(403, 'certificateNotTrusted', `The client certificate is not accepted (${reason}).`);
  }
  try {
    return inspectCertificates(socket, new Uint8Array(presented.raw));
  } catch {
    return refuse(403, 'certificateMalformed', 'The client certificate cannot be read.');
  }
}

function inspectCertificates(socket: TLSSocket, certificateDer: Uint8Array): Peer | Refusal {
  const certificate = parseCertificate(certificateDer);
  const usage = findExtension(certificate, rfc5280['id-ce-extKeyUsage']);
  if (usage === undefined || !parseExtendedKeyUsage(usage.value).includes(rfc5280['id-kp-clientAuth'])) {
    return refuse(
      403,
      'notForClients',
      'The certificate is not for clients: it lacks the extended key usage clientAuth.',
    );
  }
  return { kind: 'peer', certificate, chain: chainOf(socket), description: describeCertificate(certificate) };
}

/**
 * The CA certificates above, nearest first, as far as Node knows them: servers see those of their own `ca` only. The root is
 * its own issuer in the linked list.
 */
function chainOf(socket: TLSSocket): Certificate[] {
  const chain: Certificate[] = [];
  let detailed = socket.getPeerCertificate(true);
  while (chain.length < longestChain) {
    // Undefined, whatever the type says, when the chain was not completed.
    const issuer = detailed.issuerCertificate as DetailedPeerCertificate | undefined;
    if (issuer === undefined || issuer === detailed) break;
    chain.push(parseCertificate(new Uint8Array(issuer.raw)));
    detailed = issuer;
  }
  return chain;
}

function refuse(status: 401 | 403, code: RefusalCode, message: string): Refusal {
  return { kind: 'refused', status, code, message };
}
