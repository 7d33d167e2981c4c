/** Routes of CRLs: what is published, and asking for a new one now. */
import { actOf } from '../act.ts';
import { jsonRoute } from '../route.ts';
import { pageOf, timestamp } from '../schemas/common.ts';
import { Crl, CrlQuery, RequestCrlBody, RequestedCrl, showCrl } from '../schemas/crl.ts';

const tag = 'crls';

export const crlRoutes = [
  jsonRoute({
    name: 'listCrls',
    method: 'GET',
    path: '/crls',
    tag,
    summary: 'List the newest CRL of each shard',
    access: { kind: 'read', role: 'viewer' },
    query: CrlQuery,
    response: pageOf(Crl),
    description: 'All shards',
    handle: async ({ query }, { services, now }) => {
      const authorities = await services.listAuthorities();
      const wanted = query.authority === undefined ? undefined : (await services.getAuthority(query.authority)).id;
      const crls = await services.listCrls(wanted);
      const at = now();
      const names = new Map(authorities.map(({ id, name }) => [id, name]));
      return {
        items: crls.map((crl) => showCrl(crl, names.get(crl.authorityId) ?? crl.authorityId, at)),
        nextCursor: null,
      };
    },
  }),
  jsonRoute({
    name: 'requestCrls',
    method: 'POST',
    path: '/crls',
    tag,
    summary: 'Ask for new CRLs of an authority now',
    access: { kind: 'act', role: 'operator' },
    body: RequestCrlBody,
    status: 202,
    response: RequestedCrl,
    description: 'Asked for; GET /crls shows when they are there',
    handle: async ({ body }, context) => {
      const { services, now } = context;
      const authority = await services.getAuthority(body.authority);
      await services.requestCrls(authority.id, actOf(context));
      return {
        authorityId: authority.id,
        authority: authority.name,
        shards: authority.crlShards,
        requestedAt: timestamp(now()),
      };
    },
  }),
];
