/** Routes that make and change authorities. */
import { actOf } from '../act.ts';
import { checkRevision, entityTag } from '../precondition.ts';
import { jsonRoute } from '../route.ts';
import {
  Authority,
  AuthorityParams,
  CreateAuthorityBody,
  SetAuthorityBody,
  settingsOf,
  showAuthority,
} from '../schemas/authority.ts';

const tag = 'authorities';

export const authorityRoutes = [
  jsonRoute({
    name: 'createAuthority',
    method: 'POST',
    path: '/authorities',
    tag,
    summary: 'Create a root, or an authority below another one',
    access: { kind: 'act', role: 'administrator' },
    body: CreateAuthorityBody,
    status: 201,
    response: Authority,
    description: 'The authority; it can issue',
    headers: (authority) => ({
      ETag: entityTag(authority.revision),
      Location: `/api/v1/authorities/${authority.name}`,
    }),
    handle: async ({ body }, context) => {
      const { issuer, pathLength, nameConstraints } = body;
      const authority = await context.services.createAuthority(
        {
          name: body.name,
          issuer,
          subject: body.subject,
          keyAlgorithm: body.keyAlgorithm,
          signatureAlgorithm: body.signatureAlgorithm,
          keyId: body.keyId,
          validitySeconds: body.validitySeconds,
          // RFC 5280 §4.2.1.9: what issues to devices needs no authority below it.
          pathLength: pathLength === undefined && issuer !== undefined ? 0 : (pathLength ?? undefined),
          nameConstraints: nameConstraints && {
            permittedSubtrees: nameConstraints.permitted,
            excludedSubtrees: nameConstraints.excluded,
          },
          messageUsages: body.keyUsage,
          settings: settingsOf(body),
        },
        actOf(context),
      );
      return showAuthority(authority);
    },
  }),
  jsonRoute({
    name: 'setAuthority',
    method: 'PATCH',
    path: '/authorities/{authority}',
    tag,
    summary: 'Change the settings of an authority: state, CRL, OCSP',
    access: { kind: 'act', role: 'administrator' },
    params: AuthorityParams,
    body: SetAuthorityBody,
    ifMatch: 'Changing an authority',
    response: Authority,
    description: 'The authority as it is now',
    headers: ({ revision }) => ({ ETag: entityTag(revision) }),
    handle: async ({ params, body }, context) => {
      const { services, seenRevision } = context;
      const { id, revision } = await services.getAuthority(params.authority);
      checkRevision(seenRevision, revision);
      return showAuthority(await services.setAuthority(id, settingsOf(body), seenRevision, actOf(context)));
    },
  }),
];
