/** Routes of the service itself: its state, who is asking. */
import { notAuthenticated } from '../act.ts';
import { permits } from '../roles.ts';
import { jsonRoute } from '../route.ts';
import type { Route } from '../route.ts';
import { Status, WhoAmI, showStatus } from '../schemas/status.ts';

const tag = 'service';

export const serviceRoutes = [
  jsonRoute({
    name: 'getStatus',
    method: 'GET',
    path: '/status',
    tag,
    summary: 'The state of the service and each readiness check',
    access: { kind: 'read', role: 'viewer' },
    response: Status,
    description: 'The state; `ready` is false when a check fails',
    handle: async (_, { services }) => showStatus(await services.getStatus()),
  }),
];

/** Needs the table that it is a row of. */
export function whoAmIRoute(routes: () => readonly Route[]): Route {
  return jsonRoute({
    name: 'whoAmI',
    method: 'GET',
    path: '/whoami',
    tag,
    summary: 'Who the caller is and what it may do',
    access: { kind: 'authenticated' },
    response: WhoAmI,
    description: 'The principal',
    handle: async (_, { principal }) => {
      if (principal === undefined) throw notAuthenticated();
      const may = routes().filter(({ access }) => permits(access, principal.role));
      return { name: principal.name, role: principal.role, may: may.map(({ name }) => name) };
    },
  });
}
