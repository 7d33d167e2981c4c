/** Revocation by OCSP: each certificate is asked about, the answer kept for a while; no answer is a refusal. */
import { randomBytes } from 'node:crypto';
import { rfc5280 } from '@touchmark/asn1';
import { findExtension, parseAuthorityInfoAccess } from '@touchmark/x509';
import type { Certificate } from '@touchmark/x509';
import { fingerprintOf } from './issuing-certificates.ts';
import type { IssuingCertificate, IssuingCertificates } from './issuing-certificates.ts';
import { askOcsp, readOcspAnswer } from './ocsp-exchange.ts';
import type { RevocationChecker, RevocationVerdict, StaleEvent } from './revocation-verdict.ts';
import { sendWebRequest } from './web-request.ts';

export interface OcspCheckerOptions {
  /** Undefined: the one in each certificate's authorityInfoAccess. */
  readonly url: string | undefined;
  readonly issuers: IssuingCertificates;
  /** How long an answer is used at most. */
  readonly refreshSeconds: number;
  readonly onStale: (event: StaleEvent) => void;
  readonly now: () => Date;
}

interface KeptAnswer {
  readonly verdict: RevocationVerdict;
  readonly until: number;
}

const nonceLength = 32;
const maximumKept = 100_000;
const maximumAnswerBytes = 64 * 1024;
const timeoutSeconds = 10;

export class OcspRevocationChecker implements RevocationChecker {
  readonly #options: OcspCheckerOptions;
  /** By fingerprint. */
  readonly #kept = new Map<string, KeptAnswer>();
  readonly #asking = new Map<string, Promise<RevocationVerdict>>();

  constructor(options: OcspCheckerOptions) {
    this.#options = options;
  }

  async check(certificate: Certificate, chain: readonly Certificate[] = []): Promise<RevocationVerdict> {
    const now = this.#options.now();
    this.#options.issuers.learn(chain, now);
    const issuer = this.#options.issuers.issuerOf(certificate);
    if (issuer === undefined) {
      return { kind: 'unavailable', message: 'The CA that issued the certificate is not known: add it to `roots`.' };
    }
    const key = fingerprintOf(certificate.der);
    const kept = this.#kept.get(key);
    if (kept !== undefined && now.getTime() < kept.until) return kept.verdict;
    const asking = this.#asking.get(key) ?? this.#startAsking(key, certificate, issuer);
    return asking;
  }

  /** Forgets what was answered, so that every certificate is asked about anew. */
  async refresh(): Promise<void> {
    this.#kept.clear();
  }

  close(): void {
    this.#kept.clear();
  }

  #startAsking(key: string, certificate: Certificate, issuer: IssuingCertificate): Promise<RevocationVerdict> {
    const asking = this.#ask(key, certificate, issuer).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return asking;
  }

  async #ask(key: string, certificate: Certificate, issuer: IssuingCertificate): Promise<RevocationVerdict> {
    const url = this.#options.url ?? ocspUrlOf(certificate);
    if (url === undefined) return { kind: 'unavailable', message: 'The certificate names no OCSP responder.' };
    try {
      const question = askOcsp(certificate, issuer.certificate, new Uint8Array(randomBytes(nonceLength)));
      const response = await sendWebRequest(new URL(url), {
        method: 'POST',
        headers: { 'Content-Type': 'application/ocsp-request' },
        body: question.requestDer,
        maximumBytes: maximumAnswerBytes,
        timeoutSeconds,
      });
      if (response.status !== 200) throw new Error(`HTTP status ${response.status}`);
      const now = this.#options.now();
      const { verdict, nextUpdate } = readOcspAnswer(response.body, question, issuer, now);
      this.#keep(key, verdict, now, nextUpdate);
      return verdict;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#options.onStale({ url, message, currentUntil: undefined });
      return { kind: 'unavailable', message: `OCSP gave no usable answer: ${message}` };
    }
  }

  #keep(key: string, verdict: RevocationVerdict, now: Date, nextUpdate: Date | undefined): void {
    if (verdict.kind === 'unavailable') return;
    const byAge = now.getTime() + this.#options.refreshSeconds * 1000;
    this.#kept.delete(key);
    this.#kept.set(key, { verdict, until: Math.min(byAge, nextUpdate?.getTime() ?? byAge) });
    if (this.#kept.size <= maximumKept) return;
    const oldest = this.#kept.keys().next();
    if (oldest.done !== true) this.#kept.delete(oldest.value);
  }
}

function ocspUrlOf(certificate: Certificate): string | undefined {
  const access = findExtension(certificate, rfc5280['id-pe-authorityInfoAccess']);
  return access === undefined ? undefined : parseAuthorityInfoAccess(access.value).ocsp[0];
}
