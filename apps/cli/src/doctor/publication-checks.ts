/** What relying parties depend on: the public URL, fresh CRLs, OCSP. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Authority, Status } from '@touchmark/admin-api';
import { DerReader, decodePem } from '@touchmark/asn1';
import { parseCrl, verifyCrl } from '../inspect/crl.ts';
import { relative } from '../output/words.ts';
import { download } from '../source.ts';
import { failed, ok, warning } from './finding.ts';
import type { Check, Patient } from './finding.ts';
import { createOcspRequest } from './ocsp-request.ts';

export const publicationChecks: readonly Check[] = [
  {
    name: 'CRL age',
    run: async ({ crls }) => {
      const all = await crls();
      const stale = all.filter(({ current }) => !current);
      if (all.length === 0)
        return failed('no CRL was published yet', 'touchmark crl publish CA; the worker role must run somewhere.');
      if (stale.length > 0) {
        return failed(
          `past nextUpdate: ${stale.map(nameOf).join(', ')}`,
          'touchmark crl publish CA; see touchmark status for what stopped it.',
        );
      }
      // Alarm at half of the life: an expired CRL locks out a whole fleet.
      const old = all.filter(
        ({ thisUpdate, nextUpdate }) => Date.now() > (Date.parse(thisUpdate) + Date.parse(nextUpdate)) / 2,
      );
      if (old.length > 0)
        return warning(`older than half of their life: ${old.map(nameOf).join(', ')}`, 'touchmark crl publish CA');
      const next = all.map(({ nextUpdate }) => nextUpdate).sort()[0] ?? '';
      return ok(`${all.length} current, the first ends ${relative(next)}`);
    },
  },
  {
    name: 'public URL',
    run: async (patient) => {
      const { status, authority } = await issuingOf(patient);
      const path = authority.crlShards === 1 ? authority.name : `${authority.name}/0`;
      const url = new URL(`${base(status)}/pki/${path}.crl`);
      const crl = parseCrl(await download(url));
      const bad = verifyCrl(crl, [certificateOf(authority)], new Date()).filter((verdict) => !verdict.ok);
      if (bad.length > 0) {
        const found = bad.map((verdict) => `${verdict.check}: ${verdict.found}`).join('\n');
        return failed(found, `Something else, or an old copy, answers at ${url.href}.`);
      }
      // What is signed must be what is on record: a list without its entries lets revoked devices in.
      const entryCount = [...crl.entries()].length;
      const recorded = (await patient.crls()).find(
        ({ authorityId, number }) => authorityId === authority.id && number === crl.crlNumber?.toString(),
      );
      if (recorded !== undefined && recorded.entryCount !== entryCount) {
        const found = `CRL number ${recorded.number} has ${entryCount} entries, on record are ${recorded.entryCount}`;
        return failed(found, 'Do not rely on this CRL: publish again, and report the fault.');
      }
      return ok(`${url.href} serves CRL number ${crl.crlNumber ?? '-'} with ${entryCount} entries`);
    },
  },
  {
    name: 'OCSP',
    run: async (patient) => {
      const { status, authority } = await issuingOf(patient);
      const url = new URL(`${base(status)}/ocsp/${encodeURIComponent(authority.name)}`);
      const answer = await post(url, createOcspRequest(certificateOf(authority)), 'application/ocsp-request');
      // RFC 6960 §4.2.1: responseStatus successful (0)
      const code = answer.status === 200 ? new DerReader(answer.body).enter(0x30).enumerated() : undefined;
      if (code === 0) return ok(`${url.href} answers`);
      return failed(
        `${url.href} answered ${code === undefined ? `HTTP ${answer.status}` : `responseStatus ${code}`}`,
        'See touchmark status: the responder needs its key and a certificate.',
      );
    },
  },
];

/** Undefined issuing authority is a failure of its own. */
async function issuingOf({ status, authorities }: Patient): Promise<{ status: Status; authority: Authority }> {
  const authority = (await authorities()).find(({ kind }) => kind === 'issuing');
  if (authority === undefined) throw new Error('there is no issuing authority');
  return { status: await status(), authority };
}

function base({ publicUrl }: Status): string {
  return publicUrl.replace(/\/$/, '');
}

function certificateOf({ certificatePem }: Authority): Uint8Array {
  return decodePem(certificatePem)[0]?.bytes ?? new Uint8Array();
}

function nameOf({ authority, shard }: { authority: string; shard: number }): string {
  return `${authority}/${shard}`;
}

function post(url: URL, body: Uint8Array, contentType: string): Promise<{ status: number; body: Uint8Array }> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': contentType, 'Content-Length': body.length };
    const outgoing = request(url, { method: 'POST', agent: false, timeout: 10_000, headers }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks) }));
      incoming.on('error', reject);
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
