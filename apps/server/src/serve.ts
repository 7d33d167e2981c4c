/** Starts the service: the list of what a node does, in order. */
import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import type { Clock } from '@touchmark/ca';
import { CatalogWatch } from './catalog-watch.ts';
import type { LoadedConfiguration } from './configuration.ts';
import { getReadyProfile, openCore } from './core.ts';
import type { Core } from './core.ts';
import { openDatabase } from './database.ts';
import { DeferredHandler } from './deferred-handler.ts';
import { completeFirstRun, describeFirstRun, describeStart, updateUrls } from './first-run.ts';
import type { ServiceUrls } from './first-run.ts';
import { createHome, homeAt } from './home.ts';
import type { Home } from './home.ts';
import { urlOf } from './listener-names.ts';
import { Listeners } from './listeners.ts';
import { createLogger } from './logger.ts';
import { Metrics } from './metrics.ts';
import { createMetricsHandler } from './metrics-handler.ts';
import type { Phase } from './metrics-handler.ts';
import { OwnCertificates } from './own-certificates.ts';
import { createPublicHandler } from './public-handler.ts';
import { addReadinessChecks } from './readiness-checks.ts';
import { Readiness } from './readiness.ts';
import type { CheckResult } from './readiness.ts';
import { openAdmin } from './roles/admin.ts';
import { createScep, openEst } from './roles/enroll.ts';
import { createStatusHandler } from './roles/status.ts';
import { startWorkerRole } from './roles/worker.ts';
import type { Configuration, Role } from './settings.ts';
import { Shutdown } from './shutdown.ts';
import { StartError } from './start-error.ts';

export interface RunningServer {
  /** What the operator is told: after the first start with the one-time secrets, later without. */
  readonly announcement: string;
  /** Answers no more requests, finishes those under way, ends everything. */
  stop(): Promise<void>;
}

const clock: Clock = { now: () => new Date() };
const drainSeconds = 20;
/** The first CRLs are signed within a second of a start. */
const settlingMilliseconds = 5_000;

/** @throws StartError with words for the operator; what was started until then is ended again */
export async function startServer({ configuration }: LoadedConfiguration): Promise<RunningServer> {
  const logger = createLogger(configuration.logLevel);
  const shutdown = new Shutdown(logger);
  try {
    const announcement = await start(configuration, logger, shutdown);
    return { announcement, stop: () => shutdown.run() };
  } catch (error) {
    // What is wrong on the operator's side is told whole; of everything else the log keeps the cause.
    if (!(error instanceof StartError)) logger.error({ event: 'start.failed', error }, 'the service did not start');
    await shutdown.run();
    throw error;
  }
}

async function start(
  configuration: Configuration,
  logger: ReturnType<typeof createLogger>,
  shutdown: Shutdown,
): Promise<string> {
  const hasRole = (role: Role): boolean => configuration.roles.includes(role);
  const home = homeAt(configuration.home);
  createHome(home);

  // The database first: it says whether another process owns this home.
  const database = await openDatabase(configuration, home, logger);
  shutdown.add('database', () => database.close());
  // Before the listeners, and so closed after them: they finish what is under way.
  let closeKeys = async (): Promise<void> => undefined;
  shutdown.add('keys', () => closeKeys());

  // Then the listeners that need no certificate, so that an occupied port is found out before anything is made.
  const metrics = new Metrics();
  const readiness = new Readiness();
  const listeners = new Listeners(metrics, logger);
  shutdown.add('listeners', () => listeners.close(drainSeconds));
  let phase: Phase = 'starting';
  const metricsHandler = createMetricsHandler(metrics, readiness, () => phase);
  await listeners.openPlain('metrics', 'TOUCHMARK_METRICS_LISTEN', configuration.metricsListen, {
    handler: metricsHandler,
  });
  const publicHandler = new DeferredHandler();
  const publicListen = { ...configuration.publicListen };
  if (hasRole('status') || hasRole('enroll')) {
    const answer = { handler: publicHandler.handle };
    publicListen.port = (await listeners.openPlain('public', 'TOUCHMARK_PUBLIC_LISTEN', publicListen, answer)).port;
  }

  // Keys, hierarchy, and the certificates of the node itself.
  const publicUrl = configuration.publicUrl ?? urlOf('http', publicListen);
  const core = await openCore({
    configuration,
    home,
    registry: database.registry,
    clock,
    logger,
    publicUrl,
    onKeyFailure: metrics.keyFailure,
    onChallengeVerdict: metrics.challengeVerdict,
    onChallengeReport: metrics.challengeReport,
  });
  closeKeys = () => core.keyParts.close();
  shutdown.add('challenges', () => core.challenges.close());
  const own = await OwnCertificates.open(core, configuration, metrics);
  own.onListenerRenewed((certificate) => listeners.setCertificate(certificate));
  shutdown.add('renewal', own.keepRenewing());

  const catalogWatch = new CatalogWatch(core.catalog, core.gate, logger);
  shutdown.add('catalog', () => catalogWatch.end());
  metrics.watchCatalog(catalogWatch);

  // The roles.
  if (hasRole('worker')) {
    const worker = await startWorkerRole(core, metrics);
    shutdown.add('worker', () => worker.stop());
  }
  publicHandler.set(
    createPublicHandler({
      scep: hasRole('enroll') ? createScep(core, own, metrics) : undefined,
      status: hasRole('status') ? createStatusHandler(core, own.responders) : undefined,
    }),
  );
  const estListen = { ...configuration.estListen };
  if (hasRole('enroll')) estListen.port = (await openEst(core, own, listeners, metrics, estListen)).port;
  const estUrl = urlOf('https', estListen);
  const adminListen = { ...configuration.adminListen };
  if (hasRole('admin')) {
    const dependencies = { core, own, listeners, metrics, readiness, estUrl: hasRole('enroll') ? estUrl : undefined };
    adminListen.port = (await openAdmin(dependencies, adminListen)).port;
  }

  addReadinessChecks(readiness, { ...core, own, catalogWatch });
  const urls: ServiceUrls = { estUrl, publicUrl: core.publicUrl, adminUrl: urlOf('https', adminListen) };
  const failing = await readiness.failingAfter(settlingMilliseconds);
  const announcement = await announce(core, home, urls, failing);
  phase = 'running';
  shutdown.add('phase', () => {
    phase = 'stopping';
  });
  const started = { event: 'started', roles: configuration.roles, ...urls };
  if (failing.length === 0) logger.info(started, 'ready');
  else logger.warn({ ...started, failing }, 'not ready');
  return announcement;
}

/** The first start of a registry ends with its one-time secrets; every later one only says where the service is. */
async function announce(core: Core, home: Home, urls: ServiceUrls, failing: readonly CheckResult[]): Promise<string> {
  const { registry } = core;
  const completed = await registry.withBootstrapLock(async () => {
    if ((await registry.admin.listPrincipals()).length > 0) return undefined;
    const administratorProfile = await getReadyProfile(core, 'administrator');
    return completeFirstRun({ ...core, ...urls, home, admin: registry.admin, administratorProfile });
  });
  if (completed !== undefined) {
    const { firstRun, setupToken } = completed;
    return describeFirstRun(firstRun, setupToken, pathFromHere(home.rootCertificate), failing);
  }
  updateUrls(home, urls);
  const withoutCredential = existsSync(home.firstRun)
    ? ''
    : '\nThis home has no administrator credential: use the REST API with a token.\n';
  return describeStart(urls, failing) + withoutCredential;
}

/** Short inside the working directory; elsewhere absolute, so that a shell in any directory finds it. */
function pathFromHere(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith('..') ? path : fromHere;
}
