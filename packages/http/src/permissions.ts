import { roles, type Role } from "@condo/schema";

interface PermissionEntry {
  /** What it lets one do. */
  lets: string;
  /** The built-in roles that have it. */
  roles: readonly Role[];
}

const admins = ["super_admin", "tenant_admin"] as const satisfies readonly Role[];
const operators = ["super_admin"] as const satisfies readonly Role[];
const readers = [...admins, "readonly"] as const satisfies readonly Role[];
const everybody = roles;

/** Every permission. A route names one of them; a role, built in or made by a tenant, is a set of them. */
export const permissions = {
  "tenant:read": { lets: "See the tenant's own record", roles: everybody },
  "tenant:write": { lets: "Change the tenant's own record", roles: admins },
  "tenant:export": { lets: "Take everything of the tenant out as an archive", roles: admins },
  "tenant:close": { lets: "Have the tenant closed and everything of it erased", roles: admins },
  "tenants:read": { lets: "See every tenant, from the platform's own", roles: operators },
  "tenants:write": { lets: "Create, change, suspend and close tenants, and change plans", roles: operators },
  "users:read": { lets: "See the tenant's users", roles: readers },
  "users:write": { lets: "Create, change, disable, delete, restore and import users", roles: admins },
  "users:export": { lets: "Take all users out as a file", roles: admins },
  "invitations:read": { lets: "See who is invited", roles: admins },
  "invitations:write": { lets: "Invite people, and revoke invitations", roles: admins },
  "roles:read": { lets: "See roles and permissions", roles: readers },
  "roles:write": { lets: "Define, change and delete the tenant's own roles", roles: admins },
  "sessions:read": { lets: "See where other users are logged in", roles: admins },
  "sessions:write": { lets: "End other users' sessions", roles: admins },
  "api_keys:read": { lets: "See the tenant's API keys", roles: admins },
  "api_keys:write": { lets: "Make, rotate and revoke API keys", roles: admins },
  "mfa:read": { lets: "See whether the tenant requires a second factor", roles: readers },
  "mfa:write": { lets: "Require a second factor, and reset other users' factors", roles: admins },
  "oidc:read": { lets: "See the tenant's own identity provider", roles: admins },
  "oidc:write": { lets: "Set the tenant's own identity provider", roles: admins },
  "webhook_sources:read": { lets: "See webhook sources", roles: everybody },
  "webhook_sources:write": { lets: "Create, change and delete webhook sources", roles: admins },
  "webhook_destinations:read": { lets: "See webhook destinations", roles: everybody },
  "webhook_destinations:write": { lets: "Create, change and delete webhook destinations", roles: admins },
  "webhook_events:read": { lets: "See webhook events, their deliveries and attempts", roles: everybody },
  "webhook_deliveries:write": { lets: "Send deliveries again and discard dead letters", roles: admins },
  "circuit_breakers:read": { lets: "See the circuit breakers of destinations", roles: everybody },
  "circuit_breakers:write": { lets: "Reset and open circuit breakers", roles: admins },
  "audit_logs:read": { lets: "See, verify and export the audit log", roles: admins },
} as const satisfies Record<string, PermissionEntry>;

export type Permission = keyof typeof permissions;

export const permissionNames = Object.keys(permissions) as Permission[];

const ofRole = Object.fromEntries(
  roles.map((role) => [
    role,
    new Set(permissionNames.filter((name) => (permissions[name].roles as readonly Role[]).includes(role))),
  ]),
) as unknown as Record<Role, ReadonlySet<Permission>>;

/**
 * What a user may do, all in all.
 *
 * @param custom the permissions of the tenant's own role that the user has, which then decides instead of the built-in
 *   one. A name that is no permission any more gives nothing.
 */
export function permissionsOf(role: Role, custom: readonly string[] | null = null): ReadonlySet<Permission> {
  if (custom === null) return ofRole[role];
  return new Set(permissionNames.filter((name) => custom.includes(name)));
}

/** The built-in roles that have a permission. */
export function rolesWith(permission: Permission): readonly Role[] {
  return permissions[permission].roles;
}

/** The one place that decides whether a caller may do something. */
export function allows(caller: { permissions: ReadonlySet<Permission> }, permission: Permission): boolean {
  return caller.permissions.has(permission);
}
