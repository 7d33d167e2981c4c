/**
 * Who may do what: four roles in order; the auditor, who reads everything and changes nothing; and the reporter, a relying party
 * that tells which certificates it sees and can do nothing else.
 */

export const roleNames = ['viewer', 'operator', 'officer', 'administrator', 'auditor', 'reporter'] as const;
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
 * `read` lets the auditor in as well; `act` never does, nor the reporter.
 */
export type Access =
  | { readonly kind: 'public' }
  | { readonly kind: 'authenticated' }
  | { readonly kind: 'read'; readonly role: RankedRole }
  | { readonly kind: 'act'; readonly role: RankedRole }
  /** An act that reporters may do, and operators and above. */
  | { readonly kind: 'report' };

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
    case 'report':
      return role === 'reporter' || hasRank(role, 'operator');
  }
}

function hasRank(role: Role, needed: RankedRole): boolean {
  return rankedRoles.findIndex((ranked) => ranked === role) >= rankedRoles.indexOf(needed);
}
