/** The operator's blocklist of keys as the administration interface asks for it. */
import type { Act, BlockedKeyServices } from '@touchmark/admin-api';
import { toHex } from '@touchmark/asn1';
import { CaError } from '@touchmark/ca';
import type { AuditEvent, Clock } from '@touchmark/ca';
import type { BlockedKeyRecord, Registry } from '@touchmark/store';

export interface AdminBlockedKeysDependencies {
  readonly registry: {
    readonly admin: Pick<Registry['admin'], 'blockKeys' | 'unblockKey' | 'findBlockedKey' | 'listBlockedKeys'>;
  };
  readonly clock: Clock;
  readonly auditOf: (act: Act, action: string, subject: string, details?: AuditEvent['details']) => AuditEvent;
}

export function createAdminBlockedKeys(dependencies: AdminBlockedKeysDependencies): BlockedKeyServices {
  const { registry, clock, auditOf } = dependencies;
  const { admin } = registry;
  const subjectOf = (publicKeySha256: Uint8Array): string => `key:${toHex(publicKeySha256)}`;

  return {
    async listBlockedKeys(page) {
      const { items, nextCursor } = await admin.listBlockedKeys(page);
      return { items: items.map(flat), nextCursor };
    },

    async getBlockedKey(publicKeySha256) {
      const found = await admin.findBlockedKey(publicKeySha256, clock.now());
      if (found === undefined) throw notBlocked();
      return flat(found);
    },

    async blockKeys(publicKeySha256s, reason, act) {
      const block = { at: clock.now(), by: act.principal.name, reason };
      const outcomes = await admin.blockKeys(publicKeySha256s, block, (key) =>
        auditOf(act, 'key.blocked', subjectOf(key), { reason }),
      );
      return outcomes.map(flat);
    },

    async unblockKey(publicKeySha256, act) {
      const audit = auditOf(act, 'key.unblocked', subjectOf(publicKeySha256));
      if (!(await admin.unblockKey(publicKeySha256, audit))) throw notBlocked();
    },
  };
}

function flat<T extends BlockedKeyRecord>({ block, ...rest }: T) {
  return { ...rest, blockedAt: block.at, blockedBy: block.by, reason: block.reason };
}

function notBlocked(): CaError {
  return new CaError(
    'notFound',
    'The operator does not block this key. One that was revoked as compromised is refused for that, for good.',
  );
}
