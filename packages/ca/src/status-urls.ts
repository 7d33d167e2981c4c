/** Where relying parties ask about a certificate; these URLs are written into certificates and must never move. */
import type { Authority } from './model.ts';

export interface StatusUrls {
  readonly crl: string;
  readonly ocsp: string;
  readonly caIssuers: string;
}

/** @param publicUrl base of the public listener, without a trailing slash */
export function statusUrls(
  publicUrl: string,
  authority: Pick<Authority, 'name' | 'crlShards'>,
  crlShard: number,
): StatusUrls {
  return {
    crl:
      authority.crlShards > 1
        ? `${publicUrl}/pki/${authority.name}/${crlShard}.crl`
        : `${publicUrl}/pki/${authority.name}.crl`,
    ocsp: `${publicUrl}/ocsp/${authority.name}`,
    caIssuers: `${publicUrl}/pki/${authority.name}.cer`,
  };
}
