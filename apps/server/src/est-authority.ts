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
import type { EnrollmentReports } from './enrollment-reports.ts';

export class CatalogEstAuthority implements EstAuthority {
  readonly defaultLabel: string | undefined;
  readonly #catalog: Catalog;
  readonly #enrollment: EnrollmentService;
  readonly #reports: EnrollmentReports;
  /** By the issuer, which is another one once its authority or its chain has changed. */
  readonly #caCertificates = new WeakMap<Issuer, readonly Uint8Array[]>();

  constructor(dependencies: {
    readonly catalog: Catalog;
    readonly enrollment: EnrollmentService;
    readonly reports: EnrollmentReports;
    readonly defaultLabel: string | undefined;
  }) {
    this.#catalog = dependencies.catalog;
    this.#enrollment = dependencies.enrollment;
    this.#reports = dependencies.reports;
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

  enroll(request: EnrollmentRequest): Promise<EnrollmentOutcome> {
    return this.#reports.of(request, (each) => this.#enrollment.enroll(each));
  }

  recordRefusal(refusal: EarlyRefusal): Promise<string> {
    return this.#reports.ofRefusal(refusal, (each) => this.#enrollment.recordRefusal(each));
  }
}
