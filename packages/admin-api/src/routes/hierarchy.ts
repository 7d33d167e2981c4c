/** Routes of authorities and profiles. */
import { entityTag } from '../precondition.ts';
import { fileRoute, jsonRoute } from '../route.ts';
import { Authority, AuthorityParams, showAuthority } from '../schemas/authority.ts';
import { pageOf } from '../schemas/common.ts';
import { Profile, ProfileParams, showProfile } from '../schemas/profile.ts';

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
  jsonRoute({
    name: 'listProfiles',
    method: 'GET',
    path: '/profiles',
    tag: 'profiles',
    summary: 'List profiles, the newest version of each',
    access: { kind: 'read', role: 'viewer' },
    response: pageOf(Profile),
    description: 'All profiles',
    handle: async (_, { services }) => ({ items: (await services.listProfiles()).map(showProfile), nextCursor: null }),
  }),
  jsonRoute({
    name: 'getProfile',
    method: 'GET',
    path: '/profiles/{name}',
    tag: 'profiles',
    summary: 'Show a profile',
    access: { kind: 'read', role: 'viewer' },
    params: ProfileParams,
    response: Profile,
    description: 'The newest version of the profile',
    handle: async ({ params }, { services }) => showProfile(await services.getProfile(params.name)),
  }),
];
