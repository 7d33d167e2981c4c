/** Routes of the operator's blocklist of keys. */
import { actOf, linkToNext, pageOfQuery } from '../act.ts';
import { emptyRoute, jsonRoute } from '../route.ts';
import {
  BlockKeysBody,
  BlockedKey,
  BlockedKeyDetails,
  BlockedKeyParams,
  BlockedKeyQuery,
  BlockedKeys,
  showBlockOutcomes,
  showBlockedKey,
  showBlockedKeyDetails,
} from '../schemas/blocked-key.ts';
import { pageOf } from '../schemas/common.ts';

const tag = 'blocked keys';

export const blockedKeyRoutes = [
  jsonRoute({
    name: 'listBlockedKeys',
    method: 'GET',
    path: '/blocked-keys',
    tag,
    summary: 'List the keys that the operator blocks, last blocked first',
    access: { kind: 'read', role: 'viewer' },
    query: BlockedKeyQuery,
    response: pageOf(BlockedKey),
    description: 'One page of blocked keys',
    headers: linkToNext,
    handle: async ({ query }, { services }) => {
      const page = await services.listBlockedKeys(pageOfQuery(query));
      return { items: page.items.map(showBlockedKey), nextCursor: page.nextCursor ?? null };
    },
  }),
  jsonRoute({
    name: 'blockKeys',
    method: 'POST',
    path: '/blocked-keys',
    tag,
    summary: 'Block keys: none of them is certified, nor does a certificate of one renew anything',
    access: { kind: 'act', role: 'officer' },
    body: BlockKeysBody,
    response: BlockedKeys,
    description: 'All are blocked; their certificates are as they were',
    handle: async ({ body: { publicKeySha256, reason } }, context) =>
      showBlockOutcomes(await context.services.blockKeys(publicKeySha256, reason, actOf(context))),
  }),
  jsonRoute({
    name: 'getBlockedKey',
    method: 'GET',
    path: '/blocked-keys/{sha256}',
    tag,
    summary: 'Show a blocked key, and how many active certificates it has',
    access: { kind: 'read', role: 'viewer' },
    params: BlockedKeyParams,
    response: BlockedKeyDetails,
    description: 'The blocked key',
    handle: async ({ params: { sha256 } }, { services }) => showBlockedKeyDetails(await services.getBlockedKey(sha256)),
  }),
  emptyRoute({
    name: 'unblockKey',
    method: 'DELETE',
    path: '/blocked-keys/{sha256}',
    tag,
    summary: 'Unblock a key; one that was revoked as compromised stays refused',
    access: { kind: 'act', role: 'officer' },
    params: BlockedKeyParams,
    description: 'It is not blocked by the operator any more',
    handle: async ({ params: { sha256 } }, context) => context.services.unblockKey(sha256, actOf(context)),
  }),
];
