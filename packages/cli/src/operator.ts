import { userInfo } from "node:os";
import { emit } from "@condo/events";
import { platformTenant, type Actor, type PlatformTrx } from "@condo/schema";
import { CommandProblem } from "./terminal.ts";

/** Who runs the command, for the audit log. */
export function operator(): Actor {
  return { type: "operator", id: userInfo().username, requestId: null, address: null };
}

/** Makes the tenant of the super admins, whose audit log tells what operators do, where it is not there yet. */
export async function ensurePlatformTenant(trx: PlatformTrx): Promise<void> {
  const created = await trx
    .insertInto("tenants")
    .values({ ...platformTenant, domain: null })
    .onConflict((conflict) => conflict.column("id").doNothing())
    .returning("id")
    .executeTakeFirst()
    .catch(slugExplained);
  if (created) await emit(trx, platformTenant.id, "tenant.created", { slug: platformTenant.slug });
}

function slugExplained(error: unknown): never {
  if ((error as { constraint?: unknown }).constraint !== "tenants_slug_key") throw error;
  throw new CommandProblem(
    "slug_taken",
    `A customer's tenant has the slug "${platformTenant.slug}", which the operator needs: give it another`,
  );
}
