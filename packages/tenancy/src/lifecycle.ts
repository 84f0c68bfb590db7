import { emit } from "@condo/events";
import {
  platformTenant,
  type PlatformTrx,
  type Tenant,
  type TenantStatus,
  type TenantTrx,
} from "@condo/schema";
import { sql } from "kysely";
import { auditBy, type By } from "./operator-audit.ts";
import { presentTenant } from "./present-tenant.ts";
import { illegalTransition, platformTenantStays } from "./problems.ts";

interface StepEntry {
  from: readonly TenantStatus[];
  to: (tenant: Tenant, now: Date) => TenantStatus;
  /** What became of the tenant, for the audit log. */
  done: string;
}

/**
 * The whole life of a tenant:
 *
 * ```
 *            ┌──activate──▶ active ──suspend──┐
 *   trial ───┤                 ▲              ▼
 *            └──suspend────────┼────────▶ suspended      any of the three ──close──▶ closing ──erase──▶ closed
 *              ▲               └──resume──────┤                                         │
 *              └───resume, while it lasts─────┘      ◀──reopen, to where it was─────────┘
 * ```
 */
const steps = {
  activate: { from: ["trial", "suspended"], to: () => "active", done: "activated" },
  suspend: { from: ["trial", "active"], to: () => "suspended", done: "suspended" },
  resume: {
    from: ["suspended"],
    to: ({ trial_ends_at: end }, now) => (end && end > now ? "trial" : "active"),
    done: "resumed",
  },
  close: { from: ["trial", "active", "suspended"], to: () => "closing", done: "closing" },
  reopen: { from: ["closing"], to: ({ closing_from }) => closing_from ?? "suspended", done: "reopened" },
  erase: { from: ["closing"], to: () => "closed", done: "closed" },
} as const satisfies Record<string, StepEntry>;

export type Step = keyof typeof steps;

/** Whose users may log in, and whose deliveries are sent. */
export const openStatuses: readonly TenantStatus[] = ["trial", "active"];

/** The step that leads a tenant to a status; undefined when none does. */
export function stepTo(tenant: Tenant, status: TenantStatus, now: Date): Step | undefined {
  const names = Object.keys(steps) as Step[];
  return names.find((name) => isOpenTo(name, tenant) && steps[name].to(tenant, now) === status);
}

function isOpenTo(step: Step, tenant: Tenant): boolean {
  return (steps[step].from as readonly TenantStatus[]).includes(tenant.status);
}

/** @throws Problem 409 when the step can't be taken from where the tenant is */
export function assertStep(tenant: Tenant, step: Step): void {
  if (tenant.id === platformTenant.id) throw platformTenantStays();
  if (!isOpenTo(step, tenant)) throw illegalTransition(tenant.status, steps[step].done);
}

export interface StepOptions extends By {
  /** Why, for whoever looks at the tenant. */
  reason?: string | null | undefined;
  /** Of `close`: after how many seconds everything is erased. */
  graceSeconds?: number;
}

/**
 * Takes a tenant a step further, in the transaction that also tells of it: an event and audit entries.
 *
 * @returns the tenant after the step; undefined when there is no such tenant
 * @throws Problem 409 when it can't be taken from where the tenant is
 */
export async function takeStep(
  trx: TenantTrx | PlatformTrx,
  tenantId: string,
  step: Step,
  options: StepOptions,
): Promise<Tenant | undefined> {
  const before = await lockTenant(trx, tenantId);
  if (!before) return undefined;
  assertStep(before, step);
  const status = steps[step].to(before, new Date());
  const after = await trx
    .updateTable("tenants")
    .set({
      status,
      status_reason: options.reason ?? null,
      status_changed_at: sql<Date>`now()`,
      updated_at: sql<Date>`now()`,
      ...detailsOf(step, before, options),
    })
    .where("id", "=", tenantId)
    .returningAll()
    .executeTakeFirstOrThrow();
  await emit(trx, tenantId, "tenant.status_changed", {
    slug: after.slug,
    from: before.status,
    to: status,
    reason: after.status_reason,
  });
  await auditBy(trx, options, {
    tenantId,
    action: `tenant.${steps[step].done}`,
    subjectType: "tenant",
    subjectId: tenantId,
    before: presentTenant(before),
    after: presentTenant(after),
  });
  return after;
}

/** What a step leaves in the tenant's row besides its status. */
function detailsOf(step: Step, before: Tenant, { actor, graceSeconds = 0 }: StepOptions) {
  if (step === "close") {
    return {
      closing_from: before.status as "trial" | "active" | "suspended",
      closing_by: `${actor.type}:${actor.id ?? ""}`,
      erase_after: sql<Date>`now() + ${graceSeconds} * interval '1 second'`,
    };
  }
  if (step === "reopen") return { closing_from: null, closing_by: null, erase_after: null };
  return step === "activate" ? { trial_ends_at: null } : {};
}

/** Reads a tenant and lets nobody else change it until the transaction ends; foreign keys to it do not wait. */
export async function lockTenant(
  trx: TenantTrx | PlatformTrx,
  tenantId: string,
): Promise<Tenant | undefined> {
  return trx.selectFrom("tenants").selectAll().where("id", "=", tenantId).forNoKeyUpdate().executeTakeFirst();
}
