/** Starts the service: reads like the list of what a node does, in order. */
import { existsSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { relative } from 'node:path';
import { createAdminApp } from '@touchmark/admin-api';
import {
  Catalog,
  CertificatePreparer,
  EnrollmentService,
  Issuance,
  PrincipalIssuance,
  RevocationService,
  SigningGate,
} from '@touchmark/ca';
import type { Clock, Profile } from '@touchmark/ca';
import { createCrlPublisher, crlRoutes } from '@touchmark/crl';
import { createEstHandler, estOverloaded } from '@touchmark/est';
import { createRouter } from '@touchmark/http';
import { createKeySealer, createSoftwareKeyStore } from '@touchmark/keystore';
import { lintTbsCertList } from '@touchmark/lint';
import { ocspRoutes, statusRoutes } from '@touchmark/ocsp';
import { startWorker } from '@touchmark/store';
import { createAdminServices } from './admin-services.ts';
import type { LoadedConfiguration } from './configuration.ts';
import { openDatabase } from './database.ts';
import { DeferredHandler } from './deferred-handler.ts';
import { CatalogEstAuthority } from './est-authority.ts';
import { completeFirstRun, describeFirstRun, describeStart } from './first-run.ts';
import { defaultLabel, ensureHierarchy, issuingAuthorityName } from './hierarchy.ts';
import { createHome, homeAt, loadPassphrase } from './home.ts';
import { signerSource } from './key-access.ts';
import { currentListenerCertificate } from './listener-certificate.ts';
import { listenerNames, urlOf } from './listener-names.ts';
import { Listeners, StartError } from './listeners.ts';
import { createLogger } from './logger.ts';
import { Metrics } from './metrics.ts';
import { createMetricsHandler } from './metrics-handler.ts';
import type { Phase } from './metrics-handler.ts';
import { OcspResponders } from './ocsp-responders.ts';
import { addReadinessChecks } from './readiness-checks.ts';
import { Readiness } from './readiness.ts';
import { agreeIdentity } from './registry-identity.ts';
import type { ListenAddress, Role } from './settings.ts';
import { crontab, createTasks, publishDueCrls } from './worker.ts';

export interface RunningServer {
  /** What the operator is told: after the first start with the one-time secrets, later without. */
  readonly announcement: string;
  /** Answers no more requests, finishes those under way, ends everything. */
  stop(): Promise<void>;
}

const clock: Clock = { now: () => new Date() };
const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
const drainSeconds = 20;
const renewalIntervalMilliseconds = 3_600_000;

/** @throws StartError, ConfigurationError with words for the operator */
export async function startServer({ configuration }: LoadedConfiguration): Promise<RunningServer> {
  const logger = createLogger(configuration.logLevel);
  const home = homeAt(configuration.home);
  createHome(home);
  const cleanUp: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of cleanUp.splice(0).reverse()) {
      await step().catch((error: unknown) =>
        logger.error({ event: 'stop.failed', error }, 'a part did not end as it should'),
      );
    }
  };
  try {
    const hasRole = (role: Role): boolean => configuration.roles.includes(role);
    const metrics = new Metrics();
    const readiness = new Readiness();
    let phase: Phase = 'starting';

    // The database first: it says whether another process owns this home.
    const database = await openDatabase(configuration, home, logger);
    cleanUp.push(() => database.close());
    const { registry } = database;

    // Listeners that need no certificate, so that an occupied port is found out before anything is made.
    const listeners = new Listeners(metrics, logger);
    cleanUp.push(() => listeners.close(drainSeconds));
    const metricsHandler = createMetricsHandler(metrics, readiness, () => phase);
    await listeners.openPlain('metrics', 'TOUCHMARK_METRICS_LISTEN', configuration.metricsListen, {
      handler: metricsHandler,
    });
    const publicHandler = new DeferredHandler();
    const publicListen = { ...configuration.publicListen };
    if (hasRole('status')) {
      const listener = await listeners.openPlain('public', 'TOUCHMARK_PUBLIC_LISTEN', publicListen, {
        handler: publicHandler.handle,
      });
      publicListen.port = listener.port;
    }

    // Keys, catalog, the issuance cycle.
    const keys = createSoftwareKeyStore({
      sealer: createKeySealer(loadPassphrase(home, configuration.keyPassphrase)),
      store: registry.sealedKeys,
    });
    const publicUrl = await agreeIdentity(
      registry.admin,
      home,
      configuration.publicUrl ?? urlOf('http', publicListen),
      clock,
    );
    const gate = new SigningGate(clock, await registry.admin.readHighWaterMark());
    const catalog = new Catalog(registry.catalog);
    const signers = signerSource(keys);
    const issuance = new Issuance({ registry: registry.issuance, signers, gate, randomBytes: random });
    const preparer = new CertificatePreparer(publicUrl, random);
    const cycle = { catalog, registry: registry.issuance, issuance, preparer, gate, clock, randomBytes: random };
    const principalIssuance = new PrincipalIssuance(cycle);
    const onFailure = (error: unknown, attemptId: string): void =>
      logger.error({ event: 'enrollment.failed', attemptId, error }, 'an enrollment failed for a reason of ours');
    const enrollment = new EnrollmentService({ ...cycle, onFailure });
    gate.open();
    await registry.withBootstrapLock(() =>
      ensureHierarchy({
        ...cycle,
        publicUrl,
        keys,
        admin: registry.admin,
        organization: configuration.organization,
      }),
    );
    const profileNamed = async (name: string): Promise<Profile> => {
      const profile = await registry.catalog.findProfile(name);
      if (profile === undefined)
        throw new StartError(`The registry has no profile "${name}". Restore it from a backup.`);
      return profile;
    };

    // What the service signs for itself.
    const onError = (error: unknown): void => logger.error({ event: 'status.failed', error }, 'a status answer failed');
    const responders = new OcspResponders({
      catalog,
      statuses: registry.status,
      keys,
      principalIssuance,
      gate,
      clock,
      profile: await profileNamed('ocsp-responder'),
      onError,
    });
    const listenerProfile = await profileNamed('listener');
    const listenerCertificate = () =>
      currentListenerCertificate({
        catalog,
        keys,
        principalIssuance,
        clock,
        profile: listenerProfile,
        authorityName: issuingAuthorityName,
        names: listenerNames(configuration),
      });
    let certificate = await listenerCertificate();
    metrics.ownCertificate('listener', 'listener', certificate.notAfter);
    await responders.renew();
    for (const issuer of catalog.issuers)
      metrics.ownCertificate(issuer.authority.name, 'authority', issuer.certificate.notAfter);

    // CRLs: those that are due are there before the service calls itself ready.
    const publisher = createCrlPublisher({
      registry: registry.crl,
      signers,
      clock: gate,
      authorities: catalog,
      publicUrl,
      lint: lintTbsCertList,
    });
    const work = {
      catalog,
      crls: registry.crl,
      publisher,
      pruneIntents: (olderThan: Date) => registry.admin.pruneIntents(olderThan),
      clock,
      metrics,
      logger,
    };
    if (hasRole('worker')) {
      await publishDueCrls(work);
      const worker = await startWorker({
        pool: registry.pool,
        tasks: createTasks(work),
        crontab,
        log: (level, message) => logger[level === 'warning' ? 'warn' : level]({ event: 'worker' }, message),
      });
      cleanUp.push(() => worker.stop());
    }

    // The public listener answers from here on.
    publicHandler.set(
      createRouter([
        ...crlRoutes({ registry: registry.crl, clock, authorities: catalog, onError }),
        ...ocspRoutes({ findResponder: (name) => responders.find(name), clock }),
        ...statusRoutes({ authorities: catalog, statuses: registry.status, clock, onError }),
      ]),
    );

    // The TLS listeners.
    const estListen: ListenAddress = { ...configuration.estListen };
    const adminListen: ListenAddress = { ...configuration.adminListen };
    let estPort = estListen.port;
    let adminPort = adminListen.port;
    if (hasRole('enroll')) {
      const authority = new CatalogEstAuthority({ catalog, enrollment, metrics, defaultLabel });
      const handler = createEstHandler(authority, {
        onError: (error, request) =>
          logger.error({ event: 'est.failed', requestId: request.id, error }, 'an EST request failed'),
      });
      const listener = await listeners.openTls('est', 'TOUCHMARK_EST_LISTEN', estListen, certificate, {
        handler,
        overloaded: estOverloaded,
      });
      estPort = listener.port;
    }
    const estUrl = urlOf('https', { host: estListen.host, port: estPort });
    if (hasRole('admin')) {
      const services = createAdminServices({
        registry,
        catalog,
        principalIssuance,
        revocation: new RevocationService({ registry: registry.revocation, clock }),
        readiness,
        metrics,
        clock,
        publicUrl,
        estUrl: hasRole('enroll') ? estUrl : undefined,
      });
      const app = createAdminApp({
        services,
        now: () => clock.now(),
        onError: (error, requestId) =>
          logger.error({ event: 'admin.failed', requestId, error }, 'an administration request failed'),
      });
      const listener = await listeners.openTls('admin', 'TOUCHMARK_ADMIN_LISTEN', adminListen, certificate, {
        requestListener: app,
      });
      adminPort = listener.port;
    }
    const adminUrl = urlOf('https', { host: adminListen.host, port: adminPort });

    // Own certificates are renewed while the service runs.
    const renew = async (): Promise<void> => {
      await responders.renew();
      const next = await listenerCertificate();
      if (next.certificateChainPem !== certificate.certificateChainPem) {
        certificate = next;
        listeners.setCertificate(next);
        metrics.ownCertificate('listener', 'listener', next.notAfter);
        logger.info(
          { event: 'listener.renewed', notAfter: next.notAfter },
          'the certificate of the listeners was renewed',
        );
      }
    };
    const timer = setInterval(() => {
      renew().catch((error: unknown) =>
        logger.error({ event: 'renewal.failed', error }, 'own certificates were not renewed'),
      );
    }, renewalIntervalMilliseconds);
    cleanUp.push(async () => {
      phase = 'stopping';
      clearInterval(timer);
    });

    addReadinessChecks(readiness, {
      registry,
      catalog,
      signers,
      gate,
      clock,
      responders,
      listenerNotAfter: () => certificate.notAfter,
    });

    const urls = { estUrl, publicUrl, adminUrl };
    let announcement = describeStart(urls);
    if ((await registry.admin.listPrincipals()).length === 0) {
      const { firstRun, setupToken } = await completeFirstRun({
        ...urls,
        home,
        catalog,
        admin: registry.admin,
        principalIssuance,
        clock,
        administratorProfile: await profileNamed('administrator'),
      });
      announcement = describeFirstRun(firstRun, setupToken, relative(process.cwd(), home.rootCertificate));
    } else if (!existsSync(home.firstRun)) {
      announcement += '\nThis home has no administrator credential: use the REST API with a token.\n';
    }
    phase = 'running';
    logger.info({ event: 'started', roles: configuration.roles, ...urls }, 'ready');
    return { announcement, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
