/** The signer witness: a record of every use of a private key that the product can neither see nor change. */
import { open, readFile } from 'node:fs/promises';
import { Asn1Error, contextTag, DerReader, tag, toHex } from '@touchmark/asn1';
import { sha256 } from '@touchmark/crypto';
import type { Signer } from '@touchmark/crypto';

export interface WitnessedUse {
  /** SHA-256 of what was signed, in hex. */
  readonly tbsSha256: string;
  /** Of a TBSCertificate, in hex as in `serialNumberHex`; undefined for all else that is signed. */
  readonly serialNumberHex: string | undefined;
}

/**
 * A signer that writes a line to the file, and syncs it to disk, before each use of the key. Processes may share the file:
 * each line is one appending write.
 *
 * A line without a signature can be, if the process dies in between; a signature without a line cannot.
 */
export function witnessSigner(signer: Signer, filePath: string): Signer {
  return {
    algorithm: signer.algorithm,
    publicKey: signer.publicKey,
    subjectPublicKeyInfoDer: signer.subjectPublicKeyInfoDer,
    async sign(data) {
      const { tbsSha256, serialNumberHex } = witnessedUseOf(data);
      await appendLine(filePath, `${tbsSha256} ${serialNumberHex ?? '-'}\n`);
      return signer.sign(data);
    },
  };
}

/** What a signature over the data is witnessed as. */
export function witnessedUseOf(data: Uint8Array): WitnessedUse {
  return { tbsSha256: toHex(sha256(data)), serialNumberHex: findSerialNumberHex(data) };
}

/** What was witnessed, in order; nothing if the file is not there. */
export async function readWitness(filePath: string): Promise<WitnessedUse[]> {
  const lines = (await readIfPresent(filePath)).split('\n');
  // What follows the last line end is a line that was not written to its end, hence not followed by a signature.
  return lines.slice(0, -1).map((line) => {
    const match = /^([0-9a-f]{64}) (-|(?:[0-9a-f]{2})+)$/.exec(line);
    if (match?.[1] === undefined) throw new Error(`The signer witness has a line that it did not write: ${line}`);
    return { tbsSha256: match[1], serialNumberHex: match[2] === '-' ? undefined : match[2] };
  });
}

async function appendLine(filePath: string, line: string): Promise<void> {
  const file = await open(filePath, 'a', 0o600);
  try {
    await file.write(line);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function readIfPresent(filePath: string): Promise<string> {
  try {
    return await readFile(filePath, 'utf8');
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

/** A TBSCertificate of version 3 begins with its version, tagged [0]; nothing else that we sign does. */
function findSerialNumberHex(data: Uint8Array): string | undefined {
  try {
    const tbsCertificate = new DerReader(data).enter(tag.sequence);
    if (tbsCertificate.optionalElement(contextTag(0, true)) === undefined) return undefined;
    return toHex(tbsCertificate.integerBytes());
  } catch (error) {
    if (error instanceof Asn1Error) return undefined;
    throw error;
  }
}
