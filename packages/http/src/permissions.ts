import type { Role } from "@condo/schema";

/** Every permission, and what it lets one do. A route names one of them; a role is a set of them. */
export const permissions = {
  "tenant:read": "See the tenant's own record",
  "tenant:write": "Change the tenant's own record",
  "webhook_sources:read": "See webhook sources",
  "webhook_sources:write": "Create, change and delete webhook sources",
  "webhook_destinations:read": "See webhook destinations",
  "webhook_destinations:write": "Create, change and delete webhook destinations",
  "webhook_events:read": "See webhook events, their deliveries and attempts",
} as const satisfies Record<string, string>;

export type Permission = keyof typeof permissions;

const all = Object.keys(permissions) as Permission[];
const reading = all.filter((permission) => permission.endsWith(":read"));

const rolePermissions: Record<Role, ReadonlySet<Permission>> = {
  super_admin: new Set(all),
  tenant_admin: new Set(all),
  user: new Set(reading),
  readonly: new Set(reading),
};

/** The one place that decides whether a role may do something. */
export function allows(role: Role, permission: Permission): boolean {
  return rolePermissions[role].has(permission);
}
