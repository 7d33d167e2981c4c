/** What a TLS connection says of its peer, read once, right after the handshake. */
import { TLSSocket } from 'node:tls';
import type { Socket } from 'node:net';
import type { TlsConnection } from './message.ts';

/** RFC 9266 §2: label, no context, 32 octets. */
const exporterLabel = 'EXPORTER-Channel-Binding';
const exporterLength = 32;
const noContext = Buffer.alloc(0);

/** Undefined for a connection without TLS. */
export function readTlsConnection(socket: Socket): TlsConnection | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const protocol = socket.getProtocol() ?? 'unknown';
  return {
    protocol,
    peerCertificateDer: peerCertificateDer(socket),
    // tls-unique is the first Finished of the handshake; in a full one (there is no other here) the client's.
    tlsUnique: protocol === 'TLSv1.2' ? toUint8Array(socket.getPeerFinished()) : undefined,
    get tlsExporter() {
      // TLS 1.2 would need the extended master secret (RFC 9266 §3), and Node does not tell whether it was negotiated.
      if (protocol !== 'TLSv1.3' || socket.destroyed) return undefined;
      return toUint8Array(socket.exportKeyingMaterial(exporterLength, exporterLabel, noContext));
    },
  };
}

/**
 * The certificate that was proven in this very handshake. `socket.authorized` is no evidence: it can be true for a client
 * without a certificate that resumes a session. The listeners resume nothing; should they, nobody is authenticated.
 */
function peerCertificateDer(socket: TLSSocket): Uint8Array | undefined {
  if (socket.isSessionReused()) return undefined;
  return toUint8Array(socket.getPeerX509Certificate()?.raw);
}

function toUint8Array(bytes: Buffer | undefined): Uint8Array | undefined {
  return bytes === undefined ? undefined : new Uint8Array(bytes);
}
