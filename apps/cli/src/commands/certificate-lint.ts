/** `touchmark cert lint`: what a certificate of anybody breaks of the specifications, without the service. */
import { createHash } from 'node:crypto';
import { Asn1Error, readWhole, tag, toHex } from '@touchmark/asn1';
import { certificateLints, lintTbsCertificate } from '@touchmark/lint';
import type { LintFinding } from '@touchmark/lint';
import { formatName, parseCertificate } from '@touchmark/x509';
import type { Command } from 'commander';
import { outputOption } from '../command.ts';
import { say, writeData } from '../io.ts';
import type { Io } from '../io.ts';
import { writeFacts } from '../output/table.ts';
import { loadDer } from '../source.ts';

interface LintedCertificate {
  /** Null: it cannot be read so far. */
  readonly subject: string | null;
  readonly fingerprintSha256: string;
  readonly findings: readonly LintFinding[];
}

interface LintOptions {
  readonly output: 'table' | 'json';
  readonly critical: readonly string[];
}

export function addLintCommand(cert: Command, io: Io): void {
  cert
    .command('lint')
    .description(
      `hold a certificate against ${certificateLints.length} requirements of RFC 5280 and its neighbours; needs no service`,
    )
    .argument('<source>', 'FILE, URL, https://HOST:PORT, or - for standard input')
    .option(
      '--critical <oid>',
      'a critical extension that is known to whoever relies on it; may be repeated',
      (oid: string, sofar: readonly string[]) => [...sofar, oid],
      [],
    )
    .addOption(outputOption(['table', 'json']))
    .action(async (source: string, { output, critical }: LintOptions) => {
      const linted = (await loadDer(io, source, 'CERTIFICATE')).map((der) => lint(der, critical));
      const count = linted.reduce((sum, { findings }) => sum + findings.length, 0);
      if (output === 'json') writeData(io, JSON.stringify(linted, undefined, 2));
      else for (const [index, each] of linted.entries()) write(io, each, index);
      say(
        io,
        `${linted.length} certificate${linted.length === 1 ? '' : 's'}, ${count} finding${count === 1 ? '' : 's'}.`,
      );
      if (count > 0) io.endWith('refused');
    });
}

function lint(der: Uint8Array, critical: readonly string[]): LintedCertificate {
  return {
    subject: subjectOf(der),
    fingerprintSha256: toHex(createHash('sha256').update(der).digest()),
    findings: lintTbsCertificate(toBeSigned(der), critical),
  };
}

/** What cannot be taken apart is linted as it is: that it is no certificate is the finding. */
function toBeSigned(der: Uint8Array): Uint8Array {
  return unlessMalformed(() => readWhole(der).element(tag.sequence)) ?? der;
}

function subjectOf(der: Uint8Array): string | null {
  return unlessMalformed(() => formatName(parseCertificate(der).subject)) ?? null;
}

function unlessMalformed<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Asn1Error) return undefined;
    throw error;
  }
}

function write(io: Io, { subject, fingerprintSha256, findings }: LintedCertificate, index: number): void {
  if (index > 0) writeData(io, '');
  writeFacts(io, [
    ['Certificate', subject ?? 'cannot be read'],
    ['SHA-256', fingerprintSha256],
    ['Findings', findings.length === 0 ? { text: 'none', style: 'green' } : String(findings.length)],
    ...findings.map(({ lint: name, citation, message }) => [name, `${message} (${citation})`] as const),
  ]);
}
