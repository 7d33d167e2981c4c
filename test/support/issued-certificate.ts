/** A certificate that a client of ours wrote to a file, and what openssl says of it. */
import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { requiredProgram } from './programs.ts';
import { run, runOk } from './run.ts';
import type { RunResult } from './run.ts';
import type { Touchmark } from './touchmark.ts';

/** The first one in the file, as PEM. */
export function certificateIn(file: string): X509Certificate {
  return new X509Certificate(readFileSync(file));
}

export function serialNumberHexIn(file: string): string {
  return certificateIn(file).serialNumber.toLowerCase();
}

/** Of `openssl verify` with nothing but the root to trust and the published chain to build with; throws when it fails. */
export async function verifyStrictly(touchmark: Touchmark, file: string): Promise<RunResult> {
  const chainFile = `${file}.chain`;
  const chain = await fetch(`${touchmark.firstRun.publicUrl}/pki/issuing/chain.pem`);
  writeFileSync(chainFile, await chain.text());
  const anchors = ['-CAfile', touchmark.rootCertificateFile, '-untrusted', chainFile];
  return runOk(requiredProgram('openssl'), ['verify', '-x509_strict', '-purpose', 'sslclient', ...anchors, file]);
}

/** Whether the key in a file is that of the certificate in another. */
export async function belongTogether(certificateFile: string, keyFile: string): Promise<boolean> {
  const openssl = requiredProgram('openssl');
  const certified = await runOk(openssl, ['x509', '-in', certificateFile, '-noout', '-pubkey']);
  const own = await run(openssl, ['pkey', '-in', keyFile, '-pubout']);
  return own.code === 0 && own.stdout === certified.stdout;
}
