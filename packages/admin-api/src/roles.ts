/** Who may do what: four roles in order, and the auditor, who reads everything and changes nothing. */

export const roleNames = ['viewer', 'operator', 'officer', 'administrator', 'auditor'] as const;
export type Role = (typeof roleNames)[number];

/** Roles of which each may do what the ones before it may. */
export const rankedRoles = ['viewer', 'operator', 'officer', 'administrator'] as const;
export type RankedRole = (typeof rankedRoles)[number];

/** An authenticated caller. */
export interface Principal {
  /** Unique, e.g. `first-administrator`; written into the audit log. */
  readonly name: string;
  readonly role: Role;
}

/**
 * What a route demands. There is no value that means "not thought about": a route states one of these or does not compile.
 * `read` lets the auditor in as well; `act` never does.
 */
export type Access =
  | { readonly kind: 'public' }
  | { readonly kind: 'authenticated' }
  | { readonly kind: 'read'; readonly role: RankedRole }
  | { readonly kind: 'act'; readonly role: RankedRole };

/** Whether a principal of this role meets the demand. */
export function permits(access: Access, role: Role): boolean {
  switch (access.kind) {
    case 'public':
    case 'authenticated':
      return true;
    case 'read':
      return role === 'auditor' || hasRank(role, access.role);
    case 'act':
      return hasRank(role, access.role);
  }
}

function hasRank(role: Role, needed: RankedRole): boolean {
  return role !== 'auditor' && rankedRoles.indexOf(role) >= rankedRoles.indexOf(needed);
}
