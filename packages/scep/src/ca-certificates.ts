/** GetCACert and GetNextCACert (RFC 8894 §4.2, §4.7). */
import { equalBytes, rfc5652 } from '@touchmark/asn1';
import { encodeCertsOnly, encodeSignedData } from '@touchmark/cms';
import type { HttpResponse } from '@touchmark/http';
import type { ScepEndpoint } from './authority.ts';
import { refuse } from './refusal.ts';

/**
 * The recipient comes first: it is the one to encrypt for, and clients that do not look at key usages take the first. The
 * types are in lower case and have no parameters, since some clients compare them as they are.
 */
export function caCertificatesResponse({ settings, recipient, chain }: ScepEndpoint): HttpResponse {
  const recipientDer = recipient.certificate.der;
  if (settings.caCertificate === 'single') {
    return { status: 200, headers: [['Content-Type', 'application/x-x509-ca-cert']], body: recipientDer };
  }
  const others = chain.map((certificate) => certificate.der).filter((der) => !equalBytes(der, recipientDer));
  return {
    status: 200,
    headers: [['Content-Type', 'application/x-x509-ca-ra-cert']],
    body: encodeCertsOnly([recipientDer, ...others]),
  };
}

/** Signed by who answers now, so that clients that trust him learn whom to trust next. */
export async function nextCaCertificatesResponse({ recipient, next }: ScepEndpoint): Promise<HttpResponse> {
  if (next === undefined) {
    throw refuse(404, 'notFound', 'No authority takes over here yet. Ask again when GetCACaps lists GetNextCACert.');
  }
  const body = await encodeSignedData(
    {
      contentType: rfc5652['id-data'],
      content: encodeCertsOnly(next),
      digest: 'sha256',
      attributes: [],
      signerCertificate: recipient.certificate,
      certificatesDer: [recipient.certificate.der],
    },
    recipient.sign,
  );
  return { status: 200, headers: [['Content-Type', 'application/x-x509-next-ca-cert']], body };
}
