/** Everything that administration asks of the registry. */
import type pg from 'pg';
import type { PrismaClient } from '../generated/client.ts';
import { createAttemptAdmin } from './attempts.ts';
import { createAuditAdmin } from './audit.ts';
import { createBlockedKeyAdmin } from './blocked-keys.ts';
import { createCertificateAdmin } from './certificates.ts';
import { createCrlAdmin } from './crls.ts';
import { createDeviceTimelineAdmin } from './device-timeline.ts';
import { createDeviceAdmin } from './devices.ts';
import { createHierarchyAdmin } from './hierarchy.ts';
import { createPendingAdmin } from './pending-requests.ts';
import { createPrincipalAdmin } from './principals.ts';
import { createProfileUsageAdmin } from './profile-usage.ts';
import { createProfileAdmin } from './profiles.ts';
import { createRegistryAdmin } from './registry.ts';
import { createSecretAdmin } from './secrets.ts';

/**
 * Listings are pages by key, `get…` throws `notFound`, `find…` may give undefined. Where an act takes an `AuditEvent`, both are
 * committed together or not at all.
 */
export type AdminRegistry = ReturnType<typeof createAdminRegistry>;

export function createAdminRegistry(prisma: PrismaClient, pool: pg.Pool) {
  return {
    ...createRegistryAdmin(pool),
    ...createHierarchyAdmin(prisma),
    ...createCertificateAdmin(pool),
    ...createProfileAdmin(prisma),
    ...createProfileUsageAdmin(prisma, pool),
    ...createDeviceAdmin(prisma),
    ...createDeviceTimelineAdmin(pool),
    ...createBlockedKeyAdmin(pool),
    ...createSecretAdmin(prisma),
    ...createPendingAdmin(pool),
    ...createAttemptAdmin(prisma, pool),
    ...createCrlAdmin(pool),
    ...createPrincipalAdmin(prisma, pool),
    ...createAuditAdmin(prisma),
  };
}
