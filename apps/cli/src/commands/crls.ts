/** `touchmark crl …` */
import { setTimeout as sleep } from 'node:timers/promises';
import { encodePem } from '@touchmark/asn1';
import type { Authority, Crl, RequestedCrl, Status } from '@touchmark/admin-api';
import type { Command } from 'commander';
import type { Api } from '../api.ts';
import { apiOf, listingOptions, outputOption, runListing } from '../command.ts';
import type { ListOptions } from '../command.ts';
import { CliFailure } from '../failure.ts';
import { writeWhole } from '../files.ts';
import { crlFacts, describeCrl, parseCrl, verifyCrl } from '../inspect/crl.ts';
import { paint, say, userPath, writeData } from '../io.ts';
import type { Io } from '../io.ts';
import type { Listing, View } from '../output/format.ts';
import { writeFacts, writeTable } from '../output/table.ts';
import { minute } from '../output/words.ts';
import { download, isUrl, loadDer } from '../source.ts';

const view: View<Crl> = {
  noun: 'CRL',
  name: ({ authority, shard }) => `${authority}/${shard}`,
  columns: [
    { title: 'CA', cell: ({ authority }) => authority },
    { title: 'SHARD', cell: ({ shard }) => String(shard) },
    { title: 'NUMBER', cell: ({ number }) => number },
    { title: 'ENTRIES', cell: ({ entryCount }) => String(entryCount) },
    { title: 'THIS UPDATE', cell: ({ thisUpdate }) => minute(thisUpdate) },
    {
      title: 'NEXT UPDATE',
      cell: ({ nextUpdate, current }) => ({ text: minute(nextUpdate), style: current ? undefined : 'red' }),
    },
  ],
};

export function addCrlCommands(program: Command, io: Io): void {
  const crl = program.command('crl').description('certificate revocation lists');

  listingOptions(crl.command('list').description('list the newest CRL of each shard'), { paged: false })
    .option('--ca <name>', 'only of this authority')
    .action(async (options: ListOptions & { ca?: string }, command: Command) => {
      await runListing(io, apiOf(io, command), '/crls', { authority: options.ca }, view, options);
    });

  crl
    .command('publish')
    .description('ask for new CRLs of an authority now')
    .argument('<ca>', 'name or id')
    .option('--wait <seconds>', 'wait until they are published, at most so long', Number)
    .addOption(outputOption(['table', 'json']))
    .action(async (ca: string, options: { wait?: number; output: 'table' | 'json' }, command: Command) => {
      await publish(io, apiOf(io, command), ca, options);
    });

  crl
    .command('fetch')
    .description('download a published CRL')
    .argument('<source>', 'name of an authority, NAME/SHARD, or a URL')
    .option('--out <file>', 'where to, by default standard output in PEM')
    .option('--overwrite', 'replace the file')
    .action(async (source: string, options: { out?: string; overwrite?: boolean }, command: Command) => {
      const url = isUrl(source) ? new URL(source) : await publicUrlOf(apiOf(io, command), source);
      const der = await download(url);
      const parsed = parseCrl(der);
      const pem = encodePem('X509 CRL', der);
      if (options.out === undefined) return writeData(io, pem);
      const path = userPath(io, options.out);
      writeWhole(path, /\.(crl|der)$/i.test(path) ? der : pem, { mode: 0o644, overwrite: options.overwrite ?? false });
      say(io, `CRL number ${parsed.crlNumber ?? '-'} of ${url.href} is in ${path}.`);
    });

  crl
    .command('inspect')
    .description('look at a CRL; needs no service')
    .argument('<source>', 'FILE, URL, or - for standard input')
    .option('--entries', 'list the entries too')
    .addOption(outputOption(['table', 'json']))
    .action(async (source: string, options: { entries?: boolean; output: 'table' | 'json' }) => {
      const description = describeCrl(parseCrl(await loadOne(io, source)));
      if (options.output === 'json') return writeData(io, JSON.stringify(description, undefined, 2));
      writeFacts(io, crlFacts(description));
      if (options.entries !== true) return;
      writeData(io, '');
      const rows = description.entries.map((entry) => [entry.serialNumber, minute(entry.revocationDate), entry.reason]);
      writeTable(
        io,
        ['SERIAL', 'REVOKED', 'REASON'],
        rows.map((row) => row.map((text) => ({ text }))),
      );
    });

  crl
    .command('verify')
    .description('check issuer, signature and dates of a CRL; exit code 1 when one does not hold')
    .argument('<source>', 'FILE, URL, or - for standard input')
    .option('--issuer <file>', 'certificate of the issuer; by default the authorities of the service')
    .addOption(outputOption(['table', 'json']))
    .action(async (source: string, options: { issuer?: string; output: 'table' | 'json' }, command: Command) => {
      const parsed = parseCrl(await loadOne(io, source));
      const issuers =
        options.issuer === undefined
          ? await authoritiesOf(io, command)
          : await loadDer(io, options.issuer, 'CERTIFICATE');
      const verdicts = verifyCrl(parsed, issuers, new Date());
      const ok = verdicts.every((verdict) => verdict.ok);
      if (options.output === 'json') writeData(io, JSON.stringify({ ok, checks: verdicts }, undefined, 2));
      else {
        for (const { check, ok: holds, found } of verdicts) {
          writeData(
            io,
            `${paint(io, io.stdout, holds ? 'green' : 'red', holds ? 'ok    ' : 'failed')}  ${check}: ${found}`,
          );
        }
      }
      if (!ok) throw new CliFailure('failed', 'The CRL does not hold.');
    });
}

async function publish(
  io: Io,
  api: Api,
  ca: string,
  options: { wait?: number; output: 'table' | 'json' },
): Promise<void> {
  const numbers = async (): Promise<Map<number, bigint>> => {
    const { items } = await api.get<Listing<Crl>>('/crls', { authority: ca });
    return new Map(items.map(({ shard, number }) => [shard, BigInt(number)]));
  };
  const before = await numbers();
  const requested = await api.post<RequestedCrl>('/crls', { authority: ca });
  if (options.output === 'json') writeData(io, JSON.stringify(requested, undefined, 2));
  else say(io, `Asked for ${requested.shards} CRL${requested.shards === 1 ? '' : 's'} of ${requested.authority}.`);
  if (options.wait === undefined) return;
  const deadline = Date.now() + options.wait * 1000;
  for (;;) {
    const now = await numbers();
    const done = [...now].filter(([shard, number]) => number > (before.get(shard) ?? -1n)).length;
    if (done >= requested.shards) {
      say(io, 'Published.');
      return;
    }
    if (Date.now() > deadline) {
      throw new CliFailure(
        done > 0 ? 'partlyDone' : 'failed',
        `${done} of ${requested.shards} are published after ${options.wait} seconds.`,
        {
          hint: 'touchmark status names what keeps the others.',
        },
      );
    }
    await sleep(250);
  }
}

async function loadOne(io: Io, source: string): Promise<Uint8Array> {
  const [first] = await loadDer(io, source, 'X509 CRL');
  if (first === undefined) throw new CliFailure('failed', `${source} holds no CRL.`);
  return first;
}

async function publicUrlOf(api: Api, source: string): Promise<URL> {
  const { publicUrl } = await api.get<Status>('/status');
  return new URL(`${publicUrl.replace(/\/$/, '')}/pki/${source.split('/').map(encodeURIComponent).join('/')}.crl`);
}

async function authoritiesOf(io: Io, command: Command): Promise<Uint8Array[]> {
  const { items } = await apiOf(io, command).get<Listing<Authority>>('/authorities');
  return items.map(({ certificatePem }) => Buffer.from(certificatePem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64'));
}
