/** The certificate authority as SCEP sees it. */
import { toHex } from '@touchmark/asn1';
import { CaError, statusOf } from '@touchmark/ca';
import type {
  Catalog,
  Clock,
  CrlRegistry,
  EarlyRefusal,
  EnrollmentEndpoint,
  EnrollmentOutcome,
  EnrollmentRequest,
  EnrollmentService,
  IssuedCertificate,
  Issuer,
  PollRequest,
  RevocationRegistry,
} from '@touchmark/ca';
import { sha256 } from '@touchmark/crypto';
import { ScepSettings } from '@touchmark/scep';
import type { ScepAuthority, ScepEndpoint } from '@touchmark/scep';
import type { Certificate } from '@touchmark/x509';
import type { EnrollmentReports } from './enrollment-reports.ts';
import type { ScepRecipients } from './scep-recipients.ts';

export interface ScepAuthorityDependencies {
  readonly catalog: Catalog;
  readonly enrollment: EnrollmentService;
  readonly certificates: Pick<RevocationRegistry, 'findCertificate' | 'findCertificateByFingerprint'>;
  readonly crls: Pick<CrlRegistry, 'findLatest'>;
  readonly recipients: ScepRecipients;
  readonly reports: EnrollmentReports;
  readonly clock: Clock;
  /** Told once when the authority that takes over cannot be told of at that endpoint. */
  readonly onNextMissing: (error: unknown, endpointLabel: string) => void;
}

export class CatalogScepAuthority implements ScepAuthority {
  readonly #dependencies: ScepAuthorityDependencies;
  /** By the endpoint and issuer, which are others once they have changed. */
  readonly #settings = new WeakMap<EnrollmentEndpoint, ScepSettings>();
  readonly #chains = new WeakMap<Issuer, readonly Certificate[]>();
  /** Labels of endpoints whose next authority could not be had the last time. */
  readonly #withoutNext = new Set<string>();

  constructor(dependencies: ScepAuthorityDependencies) {
    this.#dependencies = dependencies;
  }

  async getEndpoint(label: string): Promise<ScepEndpoint> {
    const { catalog, recipients } = this.#dependencies;
    const endpoint = catalog.getEndpoint('scep', label);
    const issuer = catalog.getIssuer(endpoint.authorityId);
    const settings = this.#settingsOf(endpoint);
    return {
      label,
      enabled: endpoint.enabled,
      settings,
      chain: this.#chainOf(issuer),
      recipient: await recipients.find(issuer, settings.recipient),
      next: await this.#nextOf(label, settings),
    };
  }

  enroll(request: EnrollmentRequest): Promise<EnrollmentOutcome> {
    return this.#dependencies.reports.of(request, (each) => this.#dependencies.enrollment.enroll(each));
  }

  poll(request: PollRequest): Promise<EnrollmentOutcome> {
    return this.#dependencies.reports.of(request, (each) => this.#dependencies.enrollment.poll(each));
  }

  async findCertificate(label: string, serialNumber: Uint8Array): Promise<IssuedCertificate | undefined> {
    const { catalog, certificates } = this.#dependencies;
    const { authorityId } = catalog.getEndpoint('scep', label);
    const found = await certificates.findCertificate(toHex(serialNumber));
    return found?.authorityId === authorityId ? found : undefined;
  }

  async findSigner(label: string, certificateDer: Uint8Array): Promise<IssuedCertificate | undefined> {
    const { catalog, certificates, clock } = this.#dependencies;
    const { authorityId } = catalog.getEndpoint('scep', label);
    const found = await certificates.findCertificateByFingerprint(sha256(certificateDer));
    const mayAsk = found?.authorityId === authorityId && statusOf(found, clock.now()) === 'active';
    return mayAsk ? found : undefined;
  }

  async findCrl(label: string, serialNumber: Uint8Array): Promise<Uint8Array | undefined> {
    const { catalog, crls } = this.#dependencies;
    const { authorityId } = catalog.getEndpoint('scep', label);
    const certificate = await this.findCertificate(label, serialNumber);
    return (await crls.findLatest(authorityId, certificate?.crlShard ?? 0))?.crlDer;
  }

  recordRefusal(refusal: EarlyRefusal): Promise<string> {
    return this.#dependencies.reports.ofRefusal(refusal, (each) => this.#dependencies.enrollment.recordRefusal(each));
  }

  #settingsOf(endpoint: EnrollmentEndpoint): ScepSettings {
    const known = this.#settings.get(endpoint);
    if (known !== undefined) return known;
    const read = ScepSettings.safeParse(endpoint.protocolSettings);
    if (!read.success) {
      throw new CaError('notReady', `The settings of the endpoint "${endpoint.label}" cannot be read.`, {
        cause: read.error,
      });
    }
    this.#settings.set(endpoint, read.data);
    return read.data;
  }

  #chainOf(issuer: Issuer): readonly Certificate[] {
    const known = this.#chains.get(issuer);
    if (known !== undefined) return known;
    const chain = this.#dependencies.catalog.chainOf(issuer.authority.id).map(({ certificate }) => certificate);
    this.#chains.set(issuer, chain);
    return chain;
  }

  /** What is wrong with the next authority must not keep devices from the one that they have: then there is none. */
  async #nextOf(label: string, settings: ScepSettings): Promise<readonly Uint8Array[] | undefined> {
    const { nextAuthority } = settings;
    if (nextAuthority === undefined) return undefined;
    try {
      const next = await this.#encodeNext(nextAuthority, settings);
      this.#withoutNext.delete(label);
      return next;
    } catch (error) {
      // Once, rather than with each request.
      if (!this.#withoutNext.has(label)) this.#dependencies.onNextMissing(error, label);
      this.#withoutNext.add(label);
      return undefined;
    }
  }

  /** The RA of the next authority first, then its chain, as its own endpoints will have them. */
  async #encodeNext(nextAuthority: string, { recipient }: ScepSettings): Promise<readonly Uint8Array[]> {
    const { catalog, recipients } = this.#dependencies;
    const issuer = catalog.findIssuerByName(nextAuthority);
    if (issuer === undefined) throw new CaError('notReady', `There is no authority "${nextAuthority}" to take over.`);
    const chain = this.#chainOf(issuer).map(({ der }) => der);
    if (recipient === 'ca') return chain;
    return [(await recipients.findRegistrationAuthority(issuer)).certificate.der, ...chain];
  }
}
