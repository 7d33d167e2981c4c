/** `createRevocationChecker`: by CRLs or by OCSP, failing closed either way. */
import { CrlRevocationChecker } from './crl-revocation-checker.ts';
import { IssuingCertificates } from './issuing-certificates.ts';
import { OcspRevocationChecker } from './ocsp-revocation-checker.ts';
import type { RevocationChecker, StaleEvent } from './revocation-verdict.ts';

export interface RevocationCheckerOptions {
  /**
   * PEM of the CAs to trust, all of them: `/pki/{ca}/chain.pem`, after comparing the root's fingerprint. An issuing CA that
   * is missing here is taken in when the caller of `check` hands it on and a CA of this bundle issued it; Node does so with
   * those in the `ca` of the TLS server, and not with those that only the device sent.
   */
  readonly roots: string;
  /** CRLs (DER or PEM), e.g. every shard. Covers the device's certificate; CAs above it only as far as CRLs are there. */
  readonly crlUrls?: readonly string[] | undefined;
  /** The CRLs of every CA of the chain in one PEM, e.g. `http://…/pki/issuing/crl-chain.pem`. Every CA must be covered. */
  readonly crlChainUrl?: string | undefined;
  /** Ask OCSP about each certificate instead; `url` undefined: the one in the certificate. */
  readonly ocsp?: { readonly url?: string | undefined } | undefined;
  /** How old an answer may become; default 300. */
  readonly refreshSeconds?: number | undefined;
  /** Told when a refresh fails; by default a warning on stderr. */
  readonly onStale?: ((event: StaleEvent) => void) | undefined;
  readonly now?: (() => Date) | undefined;
}

const defaultRefreshSeconds = 300;

/** Throws when the options contradict each other or the bundle is unusable. */
export function createRevocationChecker(options: RevocationCheckerOptions): RevocationChecker {
  const { crlUrls = [], crlChainUrl, ocsp, refreshSeconds = defaultRefreshSeconds } = options;
  const ways = [crlUrls.length > 0, crlChainUrl !== undefined, ocsp !== undefined].filter(Boolean).length;
  if (ways !== 1) throw new TypeError('Give exactly one of `crlUrls`, `crlChainUrl` and `ocsp`.');
  if (!(refreshSeconds >= 1)) throw new RangeError('`refreshSeconds` must be at least 1.');
  const common = {
    issuers: new IssuingCertificates(options.roots),
    refreshSeconds,
    onStale: options.onStale ?? warn,
    now: options.now ?? (() => new Date()),
  };
  if (ocsp !== undefined) return new OcspRevocationChecker({ ...common, url: ocsp.url });
  return new CrlRevocationChecker({
    ...common,
    urls: crlChainUrl === undefined ? crlUrls : [crlChainUrl],
    wholeChain: crlChainUrl !== undefined,
  });
}

function warn({ url, message, currentUntil }: StaleEvent): void {
  const consequence =
    currentUntil === undefined ? 'devices are refused' : `what is held is good until ${currentUntil.toISOString()}`;
  process.emitWarning(`${url}: ${message} (${consequence})`, { type: 'RevocationWarning' });
}
