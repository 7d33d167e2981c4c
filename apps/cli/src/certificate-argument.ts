/** A certificate as the user names it: id, serial number, fingerprint, or a file that holds it. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { CliFailure } from './failure.ts';
import { userPath } from './io.ts';
import type { Io } from './io.ts';
import { loadDer } from './source.ts';

/** What the service takes as `{id}`: a file becomes the SHA-256 fingerprint of its first certificate. */
export async function resolveCertificate(io: Io, written: string): Promise<string> {
  if (written === '-' || existsSync(userPath(io, written))) {
    const [first] = await loadDer(io, written, 'CERTIFICATE');
    if (first === undefined) throw new CliFailure('failed', `${written} holds no certificate.`);
    return createHash('sha256').update(first).digest('hex');
  }
  // "sha256 Fingerprint=AB:CD…" and "serial=0A1B…" as openssl prints them.
  const value = written.replace(/^(?:sha256 )?(?:fingerprint|serial)=/i, '').trim();
  if (/^[A-Za-z0-9][A-Za-z0-9:_-]*$/.test(value)) return value;
  throw new CliFailure(
    'notFound',
    `"${written}" is neither a file nor a certificate id, serial number or fingerprint.`,
  );
}
