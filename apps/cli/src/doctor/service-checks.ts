/** What the administration interface tells: reachable, trusted, authorised, ready, in time. */
import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import type { Key, WhoAmI } from '@touchmark/admin-api';
import { decodePem } from '@touchmark/asn1';
import type { Access } from '../access.ts';
import { readFirstRun } from '../access.ts';
import { messageOf } from '../failure.ts';
import type { Listing } from '../output/format.ts';
import { relative } from '../output/words.ts';
import { failed, ok, warning } from './finding.ts';
import type { Check, Finding } from './finding.ts';

const tolerableSkewSeconds = 30;

export const serviceChecks: readonly Check[] = [
  {
    name: 'service',
    run: async ({ api, answer }) => {
      const { access } = await api();
      await answer();
      return ok(`${access.url.origin} answers`);
    },
  },
  {
    name: 'authorisation',
    run: async ({ api }) => {
      const client = await api();
      const { name, role } = await client.get<WhoAmI>('/whoami');
      return ok(`${name}, ${role}, by ${client.access.how}`);
    },
  },
  { name: 'TLS certificate', run: async ({ api }) => checkListenerCertificate((await api()).access) },
  {
    name: 'root',
    run: async ({ api, status, home }) => {
      const { caPem } = (await api()).access;
      const expected = home === undefined ? undefined : normal(readFirstRun(home).rootFingerprint);
      const held = caPem === undefined ? undefined : fingerprintOf(caPem);
      const served = (await status()).rootFingerprint;
      const others = [expected, held].filter((fingerprint) => fingerprint !== undefined && fingerprint !== served);
      if (others.length === 0) return ok(`SHA-256 ${served}`);
      return failed(
        `the service has ${served}, here is ${others.join(', ')}`,
        'This is another PKI than before: check TOUCHMARK_HOME, TOUCHMARK_URL and DATABASE_URL.',
      );
    },
  },
  {
    name: 'readiness',
    run: async ({ status }) => {
      const bad = (await status()).checks.filter((check) => !check.ok);
      if (bad.length === 0) return ok('every check of the service passes');
      return failed(
        bad.map(({ name, message }) => `${name}: ${message}`).join('\n'),
        'Mend what the checks name; the log says more.',
      );
    },
  },
  {
    name: 'keys',
    run: async ({ api }) => {
      const { items } = await (await api()).get<Listing<Key>>('/keys');
      const bad = items.filter(({ available }) => !available);
      if (bad.length > 0) {
        return failed(
          bad.map(({ id, message }) => `${id}: ${message ?? 'unavailable'}`).join('\n'),
          'Mend what is named: touchmark key list shows every key and where it is.',
        );
      }
      const inTokens = items.filter(({ store }) => store === 'pkcs11').length;
      return ok(`${items.length - inTokens} sealed in the registry, ${inTokens} in tokens; all can sign`);
    },
  },
  {
    name: 'clock',
    run: async ({ answer }) => {
      const { headers } = await answer();
      const skew = Math.round((Date.now() - new Date(headers.date ?? '').getTime()) / 1000);
      if (Number.isNaN(skew)) return warning('the service sent no Date', 'Look at the clocks of both hosts.');
      if (Math.abs(skew) <= tolerableSkewSeconds) return ok(`${Math.abs(skew)} s apart`);
      return failed(
        `${Math.abs(skew)} s apart`,
        'Synchronise both hosts by NTP: certificates and CRLs depend on the time.',
      );
    },
  },
];

/** Verified against the root that this host trusts: what a client would see. */
function checkListenerCertificate({ url, caPem }: Access): Promise<Finding> {
  return new Promise((resolve) => {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const socket = connect({
      host,
      port: Number(url.port || 443),
      timeout: 10_000,
      ...(isIP(host) === 0 && { servername: host }),
      ...(caPem !== undefined && { ca: caPem }),
    });
    socket.once('secureConnect', () => {
      const notAfter = new Date(socket.getPeerX509Certificate()?.validTo ?? '').toISOString();
      const days = (new Date(notAfter).getTime() - Date.now()) / 86_400_000;
      socket.destroy();
      const found = `expires ${relative(notAfter)}`;
      resolve(
        days < 7
          ? warning(found, 'The service renews it by itself; if it does not, restart it and look at the log.')
          : ok(found),
      );
    });
    socket.once('timeout', () => socket.destroy(new Error('no answer in time')));
    socket.once('error', (error) => {
      resolve(
        failed(
          messageOf(error),
          'Use a name that the certificate has (TOUCHMARK_TLS_NAMES), and the right root certificate.',
        ),
      );
    });
  });
}

function fingerprintOf(pem: string): string {
  return createHash('sha256')
    .update(decodePem(pem)[0]?.bytes ?? new Uint8Array())
    .digest('hex');
}

function normal(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toLowerCase();
}
