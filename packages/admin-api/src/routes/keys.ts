/** Routes of private keys: which there are, and sealing them anew. */
import { actOf } from '../act.ts';
import { jsonRoute } from '../route.ts';
import { pageOf } from '../schemas/common.ts';
import { Key, RewrapBody, RewrappedKeys, rewrapRequest, showKey } from '../schemas/key.ts';

const tag = 'keys';

export const keyRoutes = [
  jsonRoute({
    name: 'listKeys',
    method: 'GET',
    path: '/keys',
    tag,
    summary: 'List the private keys of this node, and whether each could sign now; never the keys themselves',
    access: { kind: 'read', role: 'viewer' },
    response: pageOf(Key),
    description: 'All keys, by id',
    handle: async (_, { services }) => ({ items: (await services.listKeys()).map(showKey), nextCursor: null }),
  }),
  jsonRoute({
    name: 'rewrapKeys',
    method: 'POST',
    path: '/keys/rewrap',
    tag,
    summary: 'Seal all software keys anew, with another passphrase or other parameters; what is signed goes on',
    access: { kind: 'act', role: 'administrator' },
    body: RewrapBody,
    response: RewrappedKeys,
    description: 'Sealed anew, all at once; the earlier passphrase opens nothing any more',
    handle: async ({ body }, context) => context.services.rewrapKeys(rewrapRequest(body), actOf(context)),
  }),
];
