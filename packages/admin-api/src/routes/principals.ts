/** Routes of principals: their credentials, and the first login by a one-time token. */
import { actOf } from '../act.ts';
import { jsonRoute } from '../route.ts';
import { pageOf, timestamp } from '../schemas/common.ts';
import {
  CreatedSetupToken,
  Credential,
  CredentialParams,
  RevokedCredential,
  SetupTokenQuery,
  showCredential,
} from '../schemas/credential.ts';
import { SetupAnswer, SetupBody } from '../schemas/setup.ts';

const tag = 'principals';

export const principalRoutes = [
  jsonRoute({
    name: 'listPrincipals',
    method: 'GET',
    path: '/principals',
    tag,
    summary: 'List the credentials of all principals, also of revoked ones; never the tokens themselves',
    access: { kind: 'read', role: 'administrator' },
    response: pageOf(Credential),
    description: 'All credentials, oldest first',
    handle: async (_, { services }) => ({
      items: (await services.listCredentials()).map(showCredential),
      nextCursor: null,
    }),
  }),
  jsonRoute({
    name: 'revokePrincipal',
    method: 'POST',
    path: '/principals/{id}/revoke',
    tag,
    summary: 'Revoke a credential of a principal',
    access: { kind: 'act', role: 'administrator' },
    params: CredentialParams,
    response: RevokedCredential,
    description: 'The credential as it is now; the next request with it is refused',
    handle: async ({ params }, context) => {
      const { credential, changed } = await context.services.revokeCredential(params.id, actOf(context));
      return { ...showCredential(credential), changed };
    },
  }),
  jsonRoute({
    name: 'createSetupToken',
    method: 'POST',
    path: '/setup-tokens',
    tag,
    summary: 'Create a one-time setup link for one more administrator, or for a principal of another role',
    access: { kind: 'act', role: 'administrator' },
    query: SetupTokenQuery,
    status: 201,
    response: CreatedSetupToken,
    description: 'The token and its link, shown this once',
    handle: async ({ query: { role } }, context) => {
      const { token, link, expiresAt } = await context.services.createSetupToken(role, actOf(context));
      return { token, link, role, expiresAt: timestamp(expiresAt) };
    },
  }),
  jsonRoute({
    name: 'setUp',
    method: 'POST',
    path: '/setup',
    tag,
    summary: 'Exchange a one-time setup token for an API token',
    access: { kind: 'public' },
    body: SetupBody,
    response: SetupAnswer,
    description: 'The API token, shown this once, and when it expires',
    handle: async ({ body }, { services, remoteAddress, requestId }) => {
      const origin = { remoteAddress, correlationId: requestId };
      const { principal, token, expiresAt } = await services.consumeSetupToken(body.token, body.name, origin);
      return { name: principal.name, role: principal.role, token, expiresAt: timestamp(expiresAt) };
    },
  }),
];
