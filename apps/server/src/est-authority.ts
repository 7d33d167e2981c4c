/** The certificate authority as EST sees it. */
import type {
  Catalog,
  EarlyRefusal,
  EnrollmentOutcome,
  EnrollmentRequest,
  EnrollmentService,
  Issuer,
} from '@touchmark/ca';
import type { CsrAttributes, EstAuthority } from '@touchmark/est';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

export class CatalogEstAuthority implements EstAuthority {
  readonly defaultLabel: string | undefined;
  readonly #catalog: Catalog;
  readonly #enrollment: EnrollmentService;
  readonly #metrics: Metrics;
  readonly #logger: Logger;
  /** By the issuer, which is another one once its authority or its chain has changed. */
  readonly #caCertificates = new WeakMap<Issuer, readonly Uint8Array[]>();

  constructor(dependencies: {
    readonly catalog: Catalog;
    readonly enrollment: EnrollmentService;
    readonly metrics: Metrics;
    readonly logger: Logger;
    readonly defaultLabel: string | undefined;
  }) {
    this.#catalog = dependencies.catalog;
    this.#enrollment = dependencies.enrollment;
    this.#metrics = dependencies.metrics;
    this.#logger = dependencies.logger;
    this.defaultLabel = dependencies.defaultLabel;
  }

  getCaCertificates(label: string): readonly Uint8Array[] {
    const { authorityId } = this.#catalog.getEndpoint('est', label);
    const issuer = this.#catalog.getIssuer(authorityId);
    const known = this.#caCertificates.get(issuer);
    if (known !== undefined) return known;
    const certificates = this.#catalog.chainOf(authorityId).map(({ authority }) => authority.certificateDer);
    this.#caCertificates.set(issuer, certificates);
    return certificates;
  }

  /** The preferred key and nothing about names: those come from the registration, whatever the request says. */
  getCsrAttributes(label: string): CsrAttributes {
    const { rules } = this.#catalog.getEndpoint('est', label).profile;
    return {
      keyAlgorithms: rules.keyAlgorithms,
      subjectAttributes: [],
      extensions: [],
      channelBinding: rules.requireChannelBinding,
    };
  }

  async enroll(request: EnrollmentRequest): Promise<EnrollmentOutcome> {
    const startedAt = performance.now();
    const outcome = await this.#enrollment.enroll(request);
    this.#report(request, outcome, startedAt);
    return outcome;
  }

  async recordRefusal(refusal: EarlyRefusal): Promise<string> {
    const startedAt = performance.now();
    const attemptId = await this.#enrollment.recordRefusal(refusal);
    this.#report(refusal, { kind: 'refused', attemptId, error: refusal.error }, startedAt);
    return attemptId;
  }

  /** A label that does not exist is counted as "unknown": what clients invent must not become label values. */
  #report(request: EnrollmentRequest | EarlyRefusal, outcome: EnrollmentOutcome, startedAt: number): void {
    const { requestId, operation, endpointLabel, remoteAddress } = request;
    const seconds = (performance.now() - startedAt) / 1000;
    const known = this.#catalog.endpoints.find(({ label }) => label === endpointLabel);
    const code = outcome.kind === 'refused' ? outcome.error.code : '';
    const endpoint = known?.label ?? 'unknown';
    this.#metrics.enrollment({ protocol: 'est', operation, endpoint, outcome: outcome.kind, code }, seconds);
    this.#logger.info(
      {
        event: `enrollment.${outcome.kind}`,
        requestId,
        attemptId: outcome.attemptId,
        operation,
        endpoint,
        remoteAddress,
        code: code === '' ? undefined : code,
        durationMicroseconds: Math.round(seconds * 1e6),
      },
      outcome.kind === 'refused' ? outcome.error.message : outcome.kind,
    );
  }
}
