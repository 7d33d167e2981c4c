/** The certificate authority as EST sees it. */
import type { Catalog, EarlyRefusal, EnrollmentOutcome, EnrollmentRequest, EnrollmentService } from '@touchmark/ca';
import type { CsrAttributes, EstAuthority } from '@touchmark/est';
import type { Metrics } from './metrics.ts';

export class CatalogEstAuthority implements EstAuthority {
  readonly defaultLabel: string | undefined;
  readonly #catalog: Catalog;
  readonly #enrollment: EnrollmentService;
  readonly #metrics: Metrics;
  readonly #caCertificates = new Map<string, readonly Uint8Array[]>();

  constructor(dependencies: {
    readonly catalog: Catalog;
    readonly enrollment: EnrollmentService;
    readonly metrics: Metrics;
    readonly defaultLabel: string | undefined;
  }) {
    this.#catalog = dependencies.catalog;
    this.#enrollment = dependencies.enrollment;
    this.#metrics = dependencies.metrics;
    this.defaultLabel = dependencies.defaultLabel;
  }

  getCaCertificates(label: string): readonly Uint8Array[] {
    const { authorityId } = this.#catalog.getEndpoint('est', label);
    let certificates = this.#caCertificates.get(authorityId);
    if (certificates === undefined) {
      certificates = this.#catalog.chainOf(authorityId).map((issuer) => issuer.authority.certificateDer);
      this.#caCertificates.set(authorityId, certificates);
    }
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
    this.#count(request.operation, request.endpointLabel, outcome, startedAt);
    return outcome;
  }

  async recordRefusal(refusal: EarlyRefusal): Promise<string> {
    const startedAt = performance.now();
    const attemptId = await this.#enrollment.recordRefusal(refusal);
    const outcome = { kind: 'refused', attemptId, error: refusal.error } as const;
    this.#count(refusal.operation, refusal.endpointLabel, outcome, startedAt);
    return attemptId;
  }

  /** A label that does not exist is counted as such: what clients invent must not become label values. */
  #count(operation: string, label: string | undefined, outcome: EnrollmentOutcome, startedAt: number): void {
    const known = this.#catalog.endpoints.some((endpoint) => endpoint.label === label);
    const labels = {
      protocol: 'est',
      operation,
      endpoint: known && label !== undefined ? label : 'unknown',
      outcome: outcome.kind,
      code: outcome.kind === 'refused' ? outcome.error.code : '',
    };
    this.#metrics.enrollment(labels, (performance.now() - startedAt) / 1000);
  }
}
