import { emit } from "@condo/events";
import { audit, platformTenant, type Plan, type PlatformTrx } from "@condo/schema";
import { sql } from "kysely";
import type { z } from "zod";
import { limitsOf, limitsSchema, type limitOverrides } from "./limits.ts";
import type { By } from "./operator-audit.ts";

/**
 * Makes a plan, or changes limits of one: for every tenant on it, from the moment that the event is heard. What is not
 * named stays; of a new plan it is without quota.
 */
export async function changePlan(
  trx: PlatformTrx,
  name: string,
  { description, limits }: { description?: string | undefined; limits: z.output<typeof limitOverrides> },
  { actor }: Pick<By, "actor">,
): Promise<Plan> {
  const before = await trx
    .selectFrom("plans")
    .selectAll()
    .where("name", "=", name)
    .forUpdate()
    .executeTakeFirst();
  const whole = JSON.stringify(limitsSchema.parse(limitsOf(before?.limits ?? {}, limits)));
  const about = description === undefined ? {} : { description };
  const after = await trx
    .insertInto("plans")
    .values({ name, limits: whole, ...about })
    .onConflict((conflict) =>
      conflict.column("name").doUpdateSet({ limits: whole, ...about, updated_at: sql<Date>`now()` }),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
  await emit(trx, platformTenant.id, "plan.changed", { plan: name });
  await audit(trx, {
    tenantId: platformTenant.id,
    actor,
    action: before ? "plan.changed" : "plan.created",
    subjectType: "plan",
    subjectId: name,
    before: before ? { description: before.description, limits: before.limits } : null,
    after: { description: after.description, limits: after.limits },
  });
  return after;
}
