/** `@touchmark/crypto` with software signers that are witnessed, and can be held before and after they sign. */
import { appendFileSync } from 'node:fs';
import { createSoftwareSigner as create } from '@touchmark/crypto';
import type { Signer } from '@touchmark/crypto';
import { witnessedUseOf, witnessSigner } from '@touchmark/testkit';
import pg from 'pg';
import { hold } from './hold.ts';

export * from '@touchmark/crypto';

const witnessFile = process.env.WITNESS_FILE ?? '';
/** Past every proxy, and with eyes of its own: it sees only what is committed. */
const observer = new pg.Pool({
  connectionString: process.env.WITNESS_DATABASE_URL,
  max: 2,
  connectionTimeoutMillis: 1000,
  allowExitOnIdle: true,
});
observer.on('error', () => undefined);

export function createSoftwareSigner(...parameters: Parameters<typeof create>): Signer {
  const signer = create(...parameters);
  const witnessed = witnessSigner(signer, witnessFile);
  return {
    ...signer,
    async sign(data) {
      await noteUnrecorded(data);
      await hold('before-sign');
      const signature = await witnessed.sign(data);
      await hold('after-sign');
      return signature;
    },
  };
}

/** V1, at the moment that counts: a TBSCertificate that is to be signed and of which no intent is committed is noted. */
async function noteUnrecorded(data: Uint8Array): Promise<void> {
  const { serialNumberHex, tbsSha256 } = witnessedUseOf(data);
  if (serialNumberHex === undefined) return;
  try {
    const { rowCount } = await observer.query('SELECT FROM issuance_intent WHERE tbs_certificate_der = $1', [
      Buffer.from(data),
    ]);
    if (rowCount !== 1) appendFileSync(`${witnessFile}.unrecorded`, `${tbsSha256} ${serialNumberHex}\n`);
  } catch {
    // The registry does not answer now; what it says in the end is compared all the same.
  }
}
