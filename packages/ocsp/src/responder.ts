/** Answers OCSP requests for one authority: parse, recognise, look up, build, sign. */
import { toHex } from '@touchmark/asn1';
import { CaError } from '@touchmark/ca';
import type { Clock, SerialStatus, StatusRegistry } from '@touchmark/ca';
import { sha256 } from '@touchmark/crypto';
import { parseCertificate } from '@touchmark/x509';
import type { Certificate } from '@touchmark/x509';
import { hashIssuer, isIssuedBy, publicKeyBits } from './cert-id.ts';
import type { CertId, IssuerHashes } from './cert-id.ts';
import { checkResponder } from './delegated-responder.ts';
import type { OcspSigner, Responder } from './delegated-responder.ts';
import { parseOcspRequest } from './ocsp-request.ts';
import type { OcspRequest } from './ocsp-request.ts';
import { encodeOcspResponse, encodeResponseData } from './ocsp-response.ts';
import { ResponseCache } from './response-cache.ts';
import type { SignedAnswer } from './response-cache.ts';
import { encodeErrorResponse, OcspError, statusOfCaError } from './response-status.ts';
import type { ErrorStatus } from './response-status.ts';
import type { CertStatus } from './single-response.ts';

export interface OcspResponderOptions {
  readonly authority: { readonly id: string; readonly certificateDer: Uint8Array };
  readonly statuses: StatusRegistry;
  /** The responder in force; asked at every signature, so that a renewed one takes over without a restart. */
  readonly responder: () => OcspSigner | Promise<OcspSigner>;
  /** A `SigningGate` does: nothing is answered while the service is not ready. */
  readonly clock: Clock;
  /** How long an answer holds; a day unless told otherwise. */
  readonly validitySeconds?: number | undefined;
  /** Signed answers kept in memory, about 1.5 KiB each. */
  readonly cacheCapacity?: number | undefined;
  /** Told why a request was answered with internalError or tryLater. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

export type OcspAnswer =
  SignedAnswer | { readonly kind: 'error'; readonly status: ErrorStatus; readonly responseDer: Uint8Array };

export interface OcspResponder {
  /** Never rejects: whatever happens is an OCSPResponse. */
  respond(requestDer: Uint8Array): Promise<OcspAnswer>;
}

const defaultValiditySeconds = 86_400;
const defaultCacheCapacity = 20_000;

export function createOcspResponder(options: OcspResponderOptions): OcspResponder {
  const authority = parseCertificate(options.authority.certificateDer);
  const responder = new AuthorityResponder(options, authority);
  return {
    async respond(requestDer) {
      try {
        return await responder.respond(parseOcspRequest(requestDer));
      } catch (error) {
        return answerFailure(error, options.onError);
      }
    },
  };
}

function answerFailure(error: unknown, onError: OcspResponderOptions['onError']): OcspAnswer {
  const status = statusOfError(error);
  if (status === 'internalError' || status === 'tryLater') onError?.(error);
  return { kind: 'error', status, responseDer: encodeErrorResponse(status) };
}

function statusOfError(error: unknown): ErrorStatus {
  if (error instanceof OcspError) return error.status;
  return error instanceof CaError ? statusOfCaError(error.code) : 'internalError';
}

class AuthorityResponder {
  readonly #options: OcspResponderOptions;
  readonly #authority: Certificate;
  readonly #hashes: IssuerHashes;
  readonly #cache: ResponseCache;
  readonly #validityMilliseconds: number;
  #responder: Responder | undefined;

  constructor(options: OcspResponderOptions, authority: Certificate) {
    this.#options = options;
    this.#authority = authority;
    this.#hashes = hashIssuer(authority.subject.der, publicKeyBits(authority.subjectPublicKeyInfoDer));
    this.#cache = new ResponseCache(options.cacheCapacity ?? defaultCacheCapacity);
    this.#validityMilliseconds = (options.validitySeconds ?? defaultValiditySeconds) * 1000;
  }

  async respond(request: OcspRequest): Promise<OcspAnswer> {
    const ours = request.certIds.filter((certId) => isIssuedBy(certId, this.#hashes));
    // RFC 6960 §2.3: not capable of responding authoritatively. In company of ours, a foreign one is "unknown" (§2.2).
    if (ours.length === 0)
      throw new OcspError('unauthorized', 'no certificate asked about is issued by this authority');

    // Taken before the lookup: what is revoked later is not denied by thisUpdate.
    const now = this.#options.clock.now();
    const serials = ours.map((certId) => certId.serialNumberHex);
    const statuses = await this.#options.statuses.findStatuses(this.#options.authority.id, serials);
    const only = request.certIds.length === 1 && request.nonce === undefined ? request.certIds[0] : undefined;
    return only === undefined
      ? this.#answerLive(request, statuses, ours, now)
      : this.#answerFromCache(only, certStatusOf(statuses.get(only.serialNumberHex)), now);
  }

  async #answerFromCache(certId: CertId, certStatus: CertStatus, now: Date): Promise<OcspAnswer> {
    // Anybody can ask about serials that were never issued: they would push the others out.
    const cacheable = certStatus.kind !== 'unknown';
    const kept = cacheable ? this.#cache.find(certId.der, certStatus, now) : undefined;
    if (kept !== undefined) return kept.answer;
    const answer = await this.#sign([{ certIdDer: certId.der, certStatus }], undefined, now, cacheable);
    if (cacheable) this.#cache.keep(certId.der, { certStatus, answer });
    return answer;
  }

  async #answerLive(
    request: OcspRequest,
    statuses: ReadonlyMap<string, SerialStatus>,
    ours: readonly CertId[],
    now: Date,
  ): Promise<OcspAnswer> {
    const responses = request.certIds.map((certId) => ({
      certIdDer: certId.der,
      certStatus: certStatusOf(ours.includes(certId) ? statuses.get(certId.serialNumberHex) : undefined),
    }));
    const cacheable = request.nonce === undefined && responses.every(({ certStatus }) => certStatus.kind !== 'unknown');
    return this.#sign(responses, request.nonce, now, cacheable);
  }

  async #sign(
    responses: readonly { readonly certIdDer: Uint8Array; readonly certStatus: CertStatus }[],
    nonce: Uint8Array | undefined,
    now: Date,
    cacheable: boolean,
  ): Promise<SignedAnswer> {
    const responder = await this.#currentResponder(now);
    const thisUpdate = wholeSeconds(now.getTime());
    // Clients refuse an answer whose signer has expired, however fresh: it must not promise more.
    const nextUpdate = wholeSeconds(Math.min(now.getTime() + this.#validityMilliseconds, responder.notAfter.getTime()));
    const { responderIdDer, certificatesDer, signer } = responder;
    const data = encodeResponseData({ responderIdDer, thisUpdate, nextUpdate, responses, nonce });
    const signature = await signer.sign(data);
    const responseDer = encodeOcspResponse(data, signer.algorithm.algorithmIdentifierDer, signature, certificatesDer);
    const tag = cacheable ? toHex(sha256(responseDer)) : undefined;
    return { kind: 'signed', responseDer, thisUpdate, nextUpdate, tag };
  }

  async #currentResponder(now: Date): Promise<Responder> {
    const source = await this.#options.responder();
    const held = this.#responder;
    const unchanged = held?.source.signer === source.signer && held.source.certificateDer === source.certificateDer;
    const responder = unchanged ? held : checkResponder(source, this.#authority);
    this.#responder = responder;
    if (now < responder.notBefore || now > responder.notAfter) {
      throw new OcspError('tryLater', 'The certificate of the OCSP responder is not valid now.');
    }
    return responder;
  }
}

function certStatusOf(status: SerialStatus | undefined): CertStatus {
  if (status === undefined) return { kind: 'unknown' };
  return status.revocation === undefined ? { kind: 'good' } : { kind: 'revoked', revocation: status.revocation };
}

function wholeSeconds(milliseconds: number): Date {
  return new Date(Math.floor(milliseconds / 1000) * 1000);
}
