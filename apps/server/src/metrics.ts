/** Prometheus metrics in base units, without per-device labels. */
import type { ChallengeKind } from '@touchmark/ca';
import type { KeyStoreFailure } from '@touchmark/keystore';
import type { HttpListener, ResponseEvent } from '@touchmark/http';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { ChallengeResult, ReportResult } from './challenges/challenge-verifiers.ts';

export class Metrics {
  readonly registry = new Registry();
  readonly #enrollments = new Counter({
    name: 'touchmark_enrollments_total',
    help: 'Enrollment attempts by outcome; code is the reason of a refusal.',
    labelNames: ['protocol', 'operation', 'endpoint', 'outcome', 'code'],
    registers: [this.registry],
  });
  readonly #enrollmentSeconds = new Histogram({
    name: 'touchmark_enrollment_duration_seconds',
    help: 'Time from the parsed HTTP request to the outcome.',
    labelNames: ['protocol', 'operation', 'outcome'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers: [this.registry],
  });
  readonly #requests = new Counter({
    name: 'touchmark_http_requests_total',
    help: 'HTTP requests answered, by listener, route and status.',
    labelNames: ['listener', 'route', 'status'],
    registers: [this.registry],
  });
  readonly #requestSeconds = new Histogram({
    name: 'touchmark_http_request_duration_seconds',
    help: 'Time to answer an HTTP request.',
    labelNames: ['listener'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1, 5, 30],
    registers: [this.registry],
  });
  readonly #revocations = new Counter({
    name: 'touchmark_revocations_total',
    help: 'Certificates revoked, by reason.',
    labelNames: ['reason'],
    registers: [this.registry],
  });
  readonly #releases = new Counter({
    name: 'touchmark_releases_total',
    help: 'Holds that were ended.',
    registers: [this.registry],
  });
  readonly #jobCertificates = new Counter({
    name: 'touchmark_job_certificates_total',
    help: 'Certificates that jobs have decided, also those that were revoked before.',
    registers: [this.registry],
  });
  readonly #jobCertificatesLeft = new Gauge({
    name: 'touchmark_job_certificates_left',
    help: 'Certificates that the job under way on this node has yet to decide.',
    registers: [this.registry],
  });
  readonly #crlNextUpdate = new Gauge({
    name: 'touchmark_crl_next_update_timestamp_seconds',
    help: 'nextUpdate of the newest CRL.',
    labelNames: ['authority', 'shard'],
    registers: [this.registry],
  });
  readonly #crlEntries = new Gauge({
    name: 'touchmark_crl_entries',
    help: 'Entries of the newest CRL.',
    labelNames: ['authority', 'shard'],
    registers: [this.registry],
  });
  readonly #keyFailures = new Counter({
    name: 'touchmark_key_failures_total',
    help: 'Keys that could not be loaded or did not sign, by key store and reason.',
    labelNames: ['store', 'operation', 'code'],
    registers: [this.registry],
  });
  readonly #catalogAge = new Gauge({
    name: 'touchmark_catalog_age_seconds',
    help: 'Age of the latest look at the catalog that succeeded; half a second is usual.',
    registers: [this.registry],
  });
  readonly #requestsWaiting = new Gauge({
    name: 'touchmark_requests_waiting',
    help: 'Requests that wait for an administrator, as of the last full minute.',
    labelNames: ['endpoint'],
    registers: [this.registry],
  });
  readonly #challenges = new Counter({
    name: 'touchmark_challenges_total',
    help: 'Challenges that were looked at, by kind and what came of it.',
    labelNames: ['kind', 'result'],
    registers: [this.registry],
  });
  readonly #challengeReports = new Counter({
    name: 'touchmark_challenge_reports_total',
    help: 'Outcomes that whoever vouched for a device was to be told of.',
    labelNames: ['kind', 'result'],
    registers: [this.registry],
  });
  readonly #ready = new Gauge({
    name: 'touchmark_ready',
    help: '1 when a readiness check passes, 0 when it fails.',
    labelNames: ['check'],
    registers: [this.registry],
  });
  readonly #notAfter = new Gauge({
    name: 'x509_cert_not_after',
    help: 'notAfter of the certificates of the service itself, in seconds since the epoch.',
    labelNames: ['subject_CN', 'kind'],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  enrollment(
    labels: { protocol: string; operation: string; endpoint: string; outcome: string; code: string },
    seconds: number,
  ): void {
    this.#enrollments.inc(labels);
    const { protocol, operation, outcome } = labels;
    this.#enrollmentSeconds.observe({ protocol, operation, outcome }, seconds);
  }

  /** For `onResponse` of a listener. */
  responses(listener: string): (event: ResponseEvent) => void {
    return (event) => {
      this.#requests.inc({ listener, route: event.route ?? 'other', status: String(event.status) });
      this.#requestSeconds.observe({ listener }, event.durationMicroseconds / 1e6);
    };
  }

  /** What a listener counts itself: read when the metrics are. */
  watchListener(name: string, listener: HttpListener): void {
    const { counters } = listener;
    const gauge = (metric: string, help: string, read: () => number): void => {
      const existing = this.registry.getSingleMetric(metric);
      const target =
        existing instanceof Gauge
          ? existing
          : new Gauge({ name: metric, help, labelNames: ['listener'], registers: [this.registry] });
      this.#readers.push(() => target.set({ listener: name }, read()));
    };
    gauge('touchmark_http_in_flight', 'Requests being handled.', () => counters.inFlight);
    gauge('touchmark_http_shed', 'Requests shed with 503 since the start.', () => counters.shed);
    gauge('touchmark_tls_errors', 'Failed TLS handshakes since the start.', () => counters.tlsErrors);
  }

  watchCatalog(watch: { readonly ageSeconds: number }): void {
    this.#readers.push(() => this.#catalogAge.set(watch.ageSeconds));
  }

  revocation(reason: string, count = 1): void {
    this.#revocations.inc({ reason }, count);
  }

  /** Of a job, `done` certificates were decided, of which it revoked `changed`. */
  jobStep({ reason, done, changed, left }: { reason: string; done: number; changed: number; left: number }): void {
    this.#jobCertificates.inc(done);
    this.#jobCertificatesLeft.set(left);
    this.revocation(reason, changed);
  }

  release(): void {
    this.#releases.inc();
  }

  crlPublished(crl: { authority: string; shard: number; nextUpdate: Date; entryCount: number }): void {
    const labels = { authority: crl.authority, shard: String(crl.shard) };
    this.#crlNextUpdate.set(labels, crl.nextUpdate.getTime() / 1000);
    this.#crlEntries.set(labels, crl.entryCount);
  }

  readonly keyFailure = ({ kind, operation, code }: KeyStoreFailure): void => {
    this.#keyFailures.inc({ store: kind, operation, code });
  };

  requestsWaiting(endpoint: string, count: number): void {
    this.#requestsWaiting.set({ endpoint }, count);
  }

  /** Of `ChallengeVerifiers`. */
  readonly challengeVerdict = (labels: { kind: ChallengeKind; result: ChallengeResult }): void => {
    this.#challenges.inc(labels);
  };

  readonly challengeReport = (labels: { kind: ChallengeKind; result: ReportResult }): void => {
    this.#challengeReports.inc(labels);
  };

  ready(check: string, ok: boolean): void {
    this.#ready.set({ check }, ok ? 1 : 0);
  }

  ownCertificate(commonName: string, kind: string, notAfter: Date): void {
    this.#notAfter.set({ subject_CN: commonName, kind }, notAfter.getTime() / 1000);
  }

  readonly #readers: (() => void)[] = [];

  async text(): Promise<string> {
    for (const read of this.#readers) read();
    return this.registry.metrics();
  }
}
