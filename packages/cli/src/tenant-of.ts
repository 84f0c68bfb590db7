import type { PlatformTrx, Tenant } from "@condo/schema";
import { z } from "zod";
import { CommandProblem } from "./terminal.ts";

/** @param reference its slug or id */
export async function tenantOf(trx: PlatformTrx, reference: string): Promise<Tenant> {
  const isId = z.uuid().safeParse(reference).success;
  const tenant = await trx
    .selectFrom("tenants")
    .selectAll()
    .where(isId ? "id" : "slug", "=", reference.toLowerCase())
    .executeTakeFirst();
  if (!tenant) throw new CommandProblem("no_tenant", `There is no tenant "${reference}"`);
  return tenant;
}
