/** Who is calling: by API token, else by the client certificate of this very TLS connection. */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { readTlsConnection } from '@touchmark/http';
import { notAuthenticated } from './act.ts';
import type { PrincipalServices } from './ports.ts';
import type { Principal } from './roles.ts';

/**
 * Throws `notAuthenticated` unless the caller is known. A token that is sent decides: a wrong one is not made good by a
 * certificate, so that nobody acts under another name than the one they meant.
 */
export async function authenticate(request: IncomingMessage, services: PrincipalServices): Promise<Principal> {
  const fields = request.headersDistinct.authorization;
  if (fields !== undefined) return authenticateByToken(fields, services);
  // Undefined on a resumed session: its certificate was not proven in this connection.
  const certificateDer = readTlsConnection(request.socket)?.peerCertificateDer;
  if (certificateDer === undefined) throw notAuthenticated();
  const fingerprint = createHash('sha256').update(certificateDer).digest();
  const principal = await services.authenticateCertificate(new Uint8Array(fingerprint));
  if (principal === undefined)
    throw notAuthenticated('The client certificate is not one of an administrator, or not valid now.');
  return principal;
}

async function authenticateByToken(fields: readonly string[], services: PrincipalServices): Promise<Principal> {
  // RFC 6750 §2.1
  const token = fields.length === 1 ? /^Bearer +([A-Za-z0-9\-._~+/]{1,512}=*)$/i.exec(fields[0] ?? '')?.[1] : undefined;
  if (token === undefined) throw notAuthenticated('The Authorization field is not of the form "Bearer <API token>".');
  const principal = await services.authenticateToken(token);
  if (principal === undefined) throw notAuthenticated('The API token is not known, or not valid any more.');
  return principal;
}
