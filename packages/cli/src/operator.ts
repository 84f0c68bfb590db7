import { userInfo } from "node:os";
import { Problem } from "@condo/http/problem";
import { platformTenant, type Actor, type PlatformTrx } from "@condo/schema";
import { ensurePlatformTenant as makePlatformTenant } from "@condo/tenancy";
import { CommandProblem } from "./terminal.ts";

/** Who runs the command, for the audit log. */
export function operator(): Actor {
  return { type: "operator", id: userInfo().username, requestId: null, address: null };
}

/** Makes the tenant of the super admins, whose audit log tells what operators do, where it is not there yet. */
export async function ensurePlatformTenant(trx: PlatformTrx): Promise<void> {
  await makePlatformTenant(trx).catch(slugExplained);
}

function slugExplained(error: unknown): never {
  if ((error as { constraint?: unknown }).constraint !== "tenants_slug_key") throw error;
  throw new CommandProblem(
    "slug_taken",
    `A customer's tenant has the slug "${platformTenant.slug}", which the operator needs: give it another`,
  );
}

/** What the rules about tenants refuse, in the words of a command. */
export function problemsExplained(error: unknown): never {
  const { constraint } = error as { constraint?: unknown };
  if (constraint === "tenants_slug_key") {
    throw new CommandProblem("slug_taken", "Another tenant has this slug", error);
  }
  if (error instanceof Problem) {
    const [first] = error.errors ?? [];
    throw new CommandProblem(
      error.code,
      first ? `${first.path.replace("body.", "")} ${first.message}` : error.message,
    );
  }
  throw error;
}
