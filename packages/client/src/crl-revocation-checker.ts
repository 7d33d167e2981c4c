/** Revocation by CRLs: fetched ahead of need, verified, kept, refreshed; without a current one the answer is a refusal. */
import { equalBytes } from '@touchmark/asn1';
import type { Certificate } from '@touchmark/x509';
import { CrlSource } from './crl-source.ts';
import { CrlStore } from './crl-store.ts';
import type { IssuingCertificates } from './issuing-certificates.ts';
import type { RevocationChecker, RevocationVerdict, StaleEvent } from './revocation-verdict.ts';

export interface CrlCheckerOptions {
  readonly urls: readonly string[];
  /** The CAs above the issuer must be covered by a CRL too. */
  readonly wholeChain: boolean;
  readonly issuers: IssuingCertificates;
  readonly refreshSeconds: number;
  readonly onStale: (event: StaleEvent) => void;
  readonly now: () => Date;
}

const firstRetrySeconds = 5;
const longestChain = 8;

export class CrlRevocationChecker implements RevocationChecker {
  readonly #options: CrlCheckerOptions;
  readonly #store: CrlStore;
  readonly #sources: readonly CrlSource[];
  /** Until when the CRLs of each source hold, as last fetched. */
  readonly #currentUntil = new Map<CrlSource, Date>();
  /** CRLs of CAs that are not known yet: a peer may still introduce them. */
  readonly #waiting = new Map<CrlSource, readonly Uint8Array[]>();
  #refreshing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #closed = false;
  readonly #firstRefresh: Promise<void>;

  constructor(options: CrlCheckerOptions) {
    this.#options = options;
    this.#store = new CrlStore(options.issuers);
    this.#sources = options.urls.map((url) => new CrlSource(url));
    this.#firstRefresh = this.refresh();
  }

  async check(certificate: Certificate, chain: readonly Certificate[] = []): Promise<RevocationVerdict> {
    await this.#firstRefresh;
    const now = this.#options.now();
    if (this.#options.issuers.learn(chain, now)) this.#admitWaiting(now);
    let subject = certificate;
    for (let depth = 0; depth < longestChain; depth++) {
      const needed = depth === 0 || this.#options.wholeChain;
      const issuer = this.#options.issuers.issuerOf(subject);
      if (issuer === undefined) {
        // A CA of the bundle is trusted as it is, even without the one above it.
        if (!needed) return { kind: 'good' };
        return { kind: 'unavailable', message: 'The CA that issued the certificate is not known: add it to `roots`.' };
      }
      // A root is not revocable by a CRL of its own.
      if (depth > 0 && equalBytes(issuer.certificate.der, subject.der)) return { kind: 'good' };
      const verdict = this.#store.find(subject, issuer, now);
      if (verdict?.kind === 'revoked' || (needed && verdict?.kind === 'unavailable')) return verdict;
      if (verdict === undefined && needed) {
        return { kind: 'unavailable', message: 'There is no CRL for the certificate. See `onStale` for why.' };
      }
      subject = issuer.certificate;
    }
    return { kind: 'unavailable', message: 'The chain of the certificate is too long.' };
  }

  refresh(): Promise<void> {
    this.#refreshing ??= this.#refreshAll().finally(() => {
      this.#refreshing = undefined;
      this.#schedule();
    });
    return this.#refreshing;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #refreshAll(): Promise<void> {
    const outcomes = await Promise.all(this.#sources.map((source) => this.#refreshSource(source)));
    this.#failures = outcomes.every(Boolean) ? 0 : this.#failures + 1;
  }

  async #refreshSource(source: CrlSource): Promise<boolean> {
    try {
      this.#admit(source, await source.fetch());
      return true;
    } catch (error) {
      source.forget();
      this.#report(source, error instanceof Error ? error.message : String(error));
      return false;
    }
  }

  #admit(source: CrlSource, crlsDer: readonly Uint8Array[]): void {
    const now = this.#options.now();
    const waiting: Uint8Array[] = [];
    let currentUntil = Number.POSITIVE_INFINITY;
    for (const crlDer of crlsDer) {
      const result = this.#store.add(crlDer, now);
      if (result.kind === 'unknownIssuer') waiting.push(crlDer);
      else currentUntil = Math.min(currentUntil, result.nextUpdate.getTime());
    }
    this.#waiting.set(source, waiting);
    if (!Number.isFinite(currentUntil)) return;
    this.#currentUntil.set(source, new Date(currentUntil));
    if (currentUntil <= now.getTime()) throw new Error('The server still has a CRL that is past its nextUpdate.');
  }

  #admitWaiting(now: Date): void {
    for (const [source, crlsDer] of this.#waiting) {
      const still = crlsDer.filter((crlDer) => {
        try {
          return this.#store.add(crlDer, now).kind === 'unknownIssuer';
        } catch (error) {
          this.#report(source, error instanceof Error ? error.message : String(error));
          return false;
        }
      });
      this.#waiting.set(source, still);
    }
  }

  #report(source: CrlSource, message: string): void {
    const until = this.#currentUntil.get(source);
    const currentUntil = until !== undefined && until > this.#options.now() ? until : undefined;
    this.#options.onStale({ url: source.url, message, currentUntil });
  }

  /** Jitter spreads the requests of a fleet of servers; failures are tried again sooner, then ever more slowly. */
  #schedule(): void {
    if (this.#closed) return;
    const { refreshSeconds } = this.#options;
    const seconds =
      this.#failures === 0
        ? refreshSeconds
        : Math.min(refreshSeconds, firstRetrySeconds * 2 ** Math.min(this.#failures - 1, 16));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.refresh(), seconds * 1000 * (0.9 + 0.2 * Math.random()));
    this.#timer.unref();
  }
}
