/** OCSP as a relying party asks it, and what an answer says, read from its bytes without the service's own code. */
import { der } from '@touchmark/asn1';
import { parseCertificate } from '@touchmark/x509';
import { askOcsp } from '../../packages/client/src/ocsp-exchange.ts';

export type OcspVerdict = 'good' | 'revoked' | 'unknown' | 'tryLater' | 'noAnswer' | `status ${number}`;

export interface OcspQuestion {
  readonly certIdDer: Uint8Array;
  readonly requestDer: Uint8Array;
}

const certStatuses: ReadonlyMap<number, OcspVerdict> = new Map([
  [0x80, 'good'],
  [0xa1, 'revoked'],
  [0x82, 'unknown'],
]);

/** Without a nonce: the answer may come from the responder's cache. */
export function ocspQuestion(certificateDer: Uint8Array, issuerDer: Uint8Array): OcspQuestion {
  const { certIdDer } = askOcsp(parseCertificate(certificateDer), parseCertificate(issuerDer), new Uint8Array(16));
  return { certIdDer, requestDer: der.sequence(der.sequence(der.sequence(der.sequence(certIdDer)))) };
}

export async function askVerdict(url: string, { certIdDer, requestDer }: OcspQuestion): Promise<OcspVerdict> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/ocsp-request' },
    body: Buffer.from(requestDer),
  }).catch(() => undefined);
  if (response?.status !== 200) return 'noAnswer';
  return verdictOf(Buffer.from(await response.arrayBuffer()), certIdDer);
}

/**
 * RFC 6960 §4.2.1: the whole of an error is one ENUMERATED; in a SingleResponse the certStatus follows the certID, as
 * good [0], revoked [1] or unknown [2].
 */
function verdictOf(answerDer: Buffer, certIdDer: Uint8Array): OcspVerdict {
  if (answerDer.length === 5) return answerDer[4] === 3 ? 'tryLater' : `status ${answerDer[4] ?? -1}`;
  const at = answerDer.indexOf(certIdDer);
  if (at < 0) return 'noAnswer';
  return certStatuses.get(answerDer[at + certIdDer.length] ?? 0) ?? 'noAnswer';
}
