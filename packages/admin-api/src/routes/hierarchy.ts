/** Routes of authorities. */
import { entityTag } from '../precondition.ts';
import { fileRoute, jsonRoute } from '../route.ts';
import { Authority, AuthorityParams, showAuthority } from '../schemas/authority.ts';
import { pageOf } from '../schemas/common.ts';

export const hierarchyRoutes = [
  jsonRoute({
    name: 'listAuthorities',
    method: 'GET',
    path: '/authorities',
    tag: 'authorities',
    summary: 'List authorities',
    access: { kind: 'read', role: 'viewer' },
    response: pageOf(Authority),
    description: 'All authorities',
    handle: async (_, { services }) => ({
      items: (await services.listAuthorities()).map(showAuthority),
      nextCursor: null,
    }),
  }),
  jsonRoute({
    name: 'getAuthority',
    method: 'GET',
    path: '/authorities/{authority}',
    tag: 'authorities',
    summary: 'Show an authority',
    access: { kind: 'read', role: 'viewer' },
    params: AuthorityParams,
    response: Authority,
    description: 'The authority; its ETag is for If-Match',
    headers: ({ revision }) => ({ ETag: entityTag(revision) }),
    handle: async ({ params }, { services }) => showAuthority(await services.getAuthority(params.authority)),
  }),
  fileRoute({
    name: 'downloadAuthorityDer',
    method: 'GET',
    path: '/authorities/{authority}/der',
    tag: 'authorities',
    summary: 'Download the certificate of an authority in DER',
    access: { kind: 'read', role: 'viewer' },
    params: AuthorityParams,
    contentType: 'application/pkix-cert',
    description: 'DER (RFC 2585 §4.1)',
    handle: async ({ params }, { services }) => {
      const authority = await services.getAuthority(params.authority);
      return { fileName: `${authority.name}.cer`, body: authority.certificateDer };
    },
  }),
];
