/** The EST listener of the service, with the same metrics and logging, over a registry in memory. */
import { encodePem } from '@touchmark/asn1';
import { createEstHandler, estOverloaded } from '@touchmark/est';
import { CatalogEstAuthority } from '../../apps/server/src/est-authority.ts';
import { EnrollmentReports } from '../../apps/server/src/enrollment-reports.ts';
import { Listeners } from '../../apps/server/src/listeners.ts';
import { createLogger } from '../../apps/server/src/logger.ts';
import { Metrics } from '../../apps/server/src/metrics.ts';
import { answerQuestions, ownCpuSeconds } from '../support/forked-program.ts';
import type { StartedServer } from '../support/measured-server.ts';
import { createMemoryAuthority, endpointLabel } from '../support/memory-authority.ts';

type Question = { readonly kind: 'start' } | { readonly kind: 'cpuSeconds' };

answerQuestions(async (question: Question) => {
  switch (question.kind) {
    case 'start':
      return start();
    case 'cpuSeconds':
      return ownCpuSeconds();
  }
});

async function start(): Promise<StartedServer> {
  const { authority, catalog, secret, newEnrollmentService } = await createMemoryAuthority();
  const metrics = new Metrics();
  const logger = createLogger('warn');
  const listeners = new Listeners(metrics, logger);
  const est = new CatalogEstAuthority({
    catalog,
    enrollment: newEnrollmentService(),
    reports: new EnrollmentReports({ catalog, metrics, logger }),
    defaultLabel: endpointLabel,
  });
  const leaf = await authority.issue({
    subject: [{ attribute: 'commonName', value: 'localhost' }],
    subjectAltNames: [
      { kind: 'dns', value: 'localhost' },
      { kind: 'ip', value: '127.0.0.1' },
    ],
    extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'],
  });
  const certificateChainPem = leaf.certificatePem + encodePem('CERTIFICATE', authority.issuing.certificateDer);
  const { url } = await listeners.openTls(
    'est',
    'port',
    { host: '127.0.0.1', port: 0 },
    { key: leaf.privateKey, certificateChainPem },
    { handler: createEstHandler(est, { onError: (error) => console.error(error) }), overloaded: estOverloaded },
  );
  return { url, caPem: encodePem('CERTIFICATE', authority.root.certificateDer), secret };
}
