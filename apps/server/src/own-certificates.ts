/** The certificates that this node needs for itself: of its TLS listeners, OCSP responders and SCEP RAs; renewed while it runs. */
import type { ListenerCertificate } from '@touchmark/http';
import { getReadyProfile } from './core.ts';
import type { Core } from './core.ts';
import { issuingAuthorityName } from './hierarchy.ts';
import { currentListenerCertificate } from './listener-certificate.ts';
import { listenerNames } from './listener-names.ts';
import type { Metrics } from './metrics.ts';
import { OcspResponders } from './ocsp-responders.ts';
import { ScepRecipients } from './scep-recipients.ts';
import type { Configuration } from './settings.ts';

const renewalIntervalMilliseconds = 3_600_000;

export class OwnCertificates {
  readonly responders: OcspResponders;
  readonly recipients: ScepRecipients;
  readonly #core: Core;
  readonly #metrics: Metrics;
  readonly #issueListenerCertificate: () => Promise<ListenerCertificate & { readonly notAfter: Date }>;
  readonly #onRenewed: ((certificate: ListenerCertificate) => void)[] = [];
  #listener: (ListenerCertificate & { readonly notAfter: Date }) | undefined;

  private constructor(
    core: Core,
    metrics: Metrics,
    responders: OcspResponders,
    recipients: ScepRecipients,
    issueListenerCertificate: () => Promise<ListenerCertificate & { readonly notAfter: Date }>,
  ) {
    this.#core = core;
    this.#metrics = metrics;
    this.responders = responders;
    this.recipients = recipients;
    this.#issueListenerCertificate = issueListenerCertificate;
  }

  static async open(core: Core, configuration: Configuration, metrics: Metrics): Promise<OwnCertificates> {
    const responders = new OcspResponders({
      ...core,
      statuses: core.registry.status,
      profile: () => getReadyProfile(core, 'ocsp-responder'),
      onError: (error) => core.logger.error({ event: 'ocsp.failed', error }, 'an OCSP answer failed'),
    });
    const recipients = new ScepRecipients({ ...core, profile: () => getReadyProfile(core, 'scep-ra') });
    const profile = await getReadyProfile(core, 'listener');
    const names = listenerNames(configuration);
    const own = new OwnCertificates(core, metrics, responders, recipients, () =>
      currentListenerCertificate({ ...core, profile, authorityName: issuingAuthorityName, names }),
    );
    await own.renew();
    own.#meterAuthorities();
    core.catalog.onChange(() => {
      own.#meterAuthorities();
      // The responder of a new authority is there before it is asked, and of a changed one as it is to be.
      responders.renew().catch((error: unknown) => {
        core.logger.error({ event: 'renewal.failed', error }, 'an OCSP responder has no certificate');
      });
      void own.#renewRecipients();
    });
    return own;
  }

  get listener(): ListenerCertificate & { readonly notAfter: Date } {
    if (this.#listener === undefined) throw new Error('The listeners have no certificate yet.');
    return this.#listener;
  }

  /** Told of every later certificate of the listeners. */
  onListenerRenewed(take: (certificate: ListenerCertificate) => void): void {
    this.#onRenewed.push(take);
  }

  /** Gets the certificates of the current period; those in force stay when they are of it. */
  async renew(): Promise<void> {
    await this.responders.renew();
    // SCEP waits for its RA, and the rest of the service does not.
    await this.#renewRecipients();
    const next = await this.#issueListenerCertificate();
    if (next.certificateChainPem === this.#listener?.certificateChainPem) return;
    this.#listener = next;
    this.#metrics.ownCertificate('listener', 'listener', next.notAfter);
    for (const take of this.#onRenewed) take(next);
    this.#core.logger.info(
      { event: 'listener.renewed', notAfter: next.notAfter },
      'the listeners have a new certificate',
    );
  }

  #renewRecipients(): Promise<void> {
    return this.recipients.renew().catch((error: unknown) => {
      this.#core.logger.error({ event: 'renewal.failed', error }, 'a SCEP RA has no certificate');
    });
  }

  #meterAuthorities(): void {
    for (const { authority, certificate } of this.#core.catalog.issuers) {
      this.#metrics.ownCertificate(authority.name, 'authority', certificate.notAfter);
    }
  }

  /** Renews by the hour; returns what ends it. */
  keepRenewing(): () => void {
    const timer = setInterval(() => {
      this.renew().catch((error: unknown) => {
        this.#core.logger.error({ event: 'renewal.failed', error }, 'own certificates were not renewed');
      });
    }, renewalIntervalMilliseconds);
    return () => clearInterval(timer);
  }
}
