import { z } from "zod";

const quota = z.int().min(0).nullable();
const feature = z.boolean();

/** Every limit that a plan or a tenant may have: quotas, of which null is none, and features. A new one is an entry here. */
const shapes = {
  users: quota.describe("Users, disabled ones too; null for no quota"),
  sources: quota.describe("Webhook sources"),
  destinations: quota.describe("Webhook destinations"),
  events_per_month: quota.describe("Events taken in within a calendar month (UTC)"),
  payload_bytes: quota.describe("Bytes of one event's body"),
  event_retention_days: z
    .literal([7, 30, 90, 365])
    .describe("Days that events are kept, from when they came in"),
  custom_domain: feature.describe("A domain of the tenant's own"),
  oidc: feature.describe("An identity provider of the tenant's own"),
  transforms: feature.describe("Transforms of what is delivered"),
};

export const limitsSchema = z.strictObject(shapes).meta({ id: "TenantLimits" });
export type Limits = z.output<typeof limitsSchema>;
export type Feature = { [K in keyof Limits]: Limits[K] extends boolean ? K : never }[keyof Limits];

/** Some limits, as a tenant's own stand above its plan's. */
export const limitOverrides = limitsSchema.partial();

/** What holds where nobody says otherwise. */
const unlimited: Limits = {
  users: null,
  sources: null,
  destinations: null,
  events_per_month: null,
  payload_bytes: null,
  event_retention_days: 30,
  custom_domain: true,
  oidc: true,
  transforms: true,
};

/**
 * What a tenant may have: its own limits, then its plan's. What can't be read as a limit counts as not said, so that a
 * slip of an operator's in the table of plans closes no tenant.
 */
export function limitsOf(plan: object, overrides: object): Limits {
  return { ...unlimited, ...readable(plan), ...readable(overrides) };
}

function readable(limits: object): Partial<Limits> {
  return Object.fromEntries(
    Object.entries(limits).filter(
      ([name, value]) => Object.hasOwn(shapes, name) && shapes[name as keyof Limits].safeParse(value).success,
    ),
  );
}
