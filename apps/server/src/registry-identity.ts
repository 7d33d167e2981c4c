/** Whose registry this is, and the base URL that is written into its certificates: once agreed, neither changes silently. */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { Clock } from '@touchmark/ca';
import type { AdminRegistry } from '@touchmark/store';
import { writeFileDurably } from './home.ts';
import type { Home } from './home.ts';
import { StartError } from './start-error.ts';
import { version } from './version.ts';

/**
 * The URL agreed at the first start; later starts must have the same. Certificates in the field name it, so a service that
 * moved away from it could no longer revoke them. The home remembers whose registry it worked with, and refuses another.
 */
export async function agreeIdentity(
  admin: AdminRegistry,
  home: Home,
  publicUrl: string,
  clock: Clock,
): Promise<string> {
  const known = existsSync(home.pkiId) ? readFileSync(home.pkiId, 'utf8').trim() : undefined;
  const existing = await admin.findRegistryIdentity();
  if (existing === undefined && known !== undefined) {
    throw new StartError(
      `This home belongs to the PKI ${known}, but its registry is empty. Restore the database from a backup, or use another home for a new PKI.`,
    );
  }
  const identity = await admin.establishRegistryIdentity({
    pkiId: randomUUID(),
    publicUrl,
    createdAt: clock.now(),
    program: version,
  });
  await admin.checkRegistryIdentity({ pkiId: known ?? identity.pkiId, program: version });
  if (known === undefined) writeFileDurably(home.pkiId, `${identity.pkiId}\n`, 0o644);
  if (identity.publicUrl !== publicUrl) {
    throw new StartError(
      `The certificates of this registry name ${identity.publicUrl} for their CRL and OCSP, but the configuration says ${publicUrl}.\n` +
        `Relying parties ask ${identity.publicUrl}: keep it reachable and start with TOUCHMARK_PUBLIC_URL=${identity.publicUrl}`,
    );
  }
  return identity.publicUrl;
}
