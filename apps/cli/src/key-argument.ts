/** A public key as the user names it: the SHA-256 of its SubjectPublicKeyInfo, or a file that holds it. */
import { X509Certificate, createHash, createPublicKey } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { decodePem, isPem } from '@touchmark/asn1';
import { parseCertificationRequest } from '@touchmark/x509';
import { CliFailure } from './failure.ts';
import { userPath } from './io.ts';
import type { Io } from './io.ts';

/** In hex. A file may be a certificate, a certification request or a public key, in PEM or DER. */
export function resolveKey(io: Io, written: string): string {
  const hex = written.replaceAll(':', '').toLowerCase();
  if (/^[0-9a-f]{64}$/.test(hex)) return hex;
  const path = userPath(io, written);
  if (!existsSync(path)) {
    throw new CliFailure(
      'notFound',
      `"${written}" is neither a file nor the SHA-256 of a SubjectPublicKeyInfo in hex.`,
    );
  }
  const subjectPublicKeyInfo = readPublicKey(readFileSync(path));
  if (subjectPublicKeyInfo === undefined) {
    throw new CliFailure('failed', `${written} holds no certificate, certification request or public key.`);
  }
  return createHash('sha256').update(subjectPublicKeyInfo).digest('hex');
}

type Reader = (der: Uint8Array) => Uint8Array;

const readers: Readonly<Record<string, Reader>> = {
  CERTIFICATE: (der) => spkiOf(new X509Certificate(der).publicKey),
  'CERTIFICATE REQUEST': (der) => parseCertificationRequest(der).subjectPublicKeyInfoDer,
  'NEW CERTIFICATE REQUEST': (der) => parseCertificationRequest(der).subjectPublicKeyInfoDer,
  'PUBLIC KEY': (der) => spkiOf(createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' })),
};

function readPublicKey(bytes: Uint8Array): Uint8Array | undefined {
  const text = Buffer.from(bytes).toString('latin1');
  if (isPem(text)) {
    const block = decodePem(text).find(({ label }) => label in readers);
    return block === undefined ? undefined : attempt(readers[block.label], block.bytes);
  }
  for (const read of Object.values(readers)) {
    const found = attempt(read, bytes);
    if (found !== undefined) return found;
  }
  return undefined;
}

function attempt(read: Reader | undefined, der: Uint8Array): Uint8Array | undefined {
  try {
    return read?.(der);
  } catch {
    return undefined;
  }
}

function spkiOf(key: ReturnType<typeof createPublicKey>): Uint8Array {
  return key.export({ format: 'der', type: 'spki' });
}
