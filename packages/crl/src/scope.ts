/** Which certificates a CRL speaks for, and the issuingDistributionPoint that says so (RFC 5280 §5.2.5). */
import { statusUrls } from '@touchmark/ca';
import type { Authority } from '@touchmark/ca';

/**
 * The names for the issuingDistributionPoint of a CRL; empty: the CRL goes without the extension.
 *
 * - A CRL of an issuing authority always carries it, sharded or not: it names the URL that the certificates carry in
 *   their distribution point. OpenSSL refuses any other name ("different CRL scope"), and EMQX enforces revocation only
 *   if the extension is there.
 * - The single CRL of a root does not: the root's own certificate has no distribution point, and OpenSSL, asked to check
 *   the whole chain as nginx does, looks for the root itself in that CRL and refuses one with a name in it.
 * - Shard 0 also answers to the URL of an unsharded CRL, which certificates carry from before the authority was sharded.
 */
export function distributionPointUrls(publicUrl: string, authority: Authority, shard: number): readonly string[] {
  if (authority.crlShards === 1) {
    return authority.kind === 'root' ? [] : [statusUrls(publicUrl, authority, 0).crl];
  }
  const url = statusUrls(publicUrl, authority, shard).crl;
  return shard === 0 ? [url, statusUrls(publicUrl, { ...authority, crlShards: 1 }, 0).crl] : [url];
}
