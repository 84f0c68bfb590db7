import { resolveTenant, type TenantTrx, type User } from "@condo/schema";
import type { MfaStep } from "./complete-login.ts";
import type { Context } from "./context.ts";
import { readStep, type Step } from "./login-steps.ts";
import { isOpen } from "./named-tenant.ts";
import { findUser } from "./repositories/users.ts";
import type { TenantToken } from "./tenant-token.ts";

/** Reads the step of a login that waits for a second factor, and who it is; undefined when it is over for any reason. */
export async function readMfaStep(
  trx: TenantTrx,
  { sealer }: Pick<Context, "sealer">,
  token: TenantToken,
): Promise<{ step: Step<MfaStep>; user: User } | undefined> {
  const step = await readStep<MfaStep>(trx, sealer, token, "mfa");
  const user = step?.userId ? await findUser(trx, step.userId) : undefined;
  const tenant = await resolveTenant(trx, token.tenantId);
  if (!step || !user?.is_active || !isOpen(tenant)) return undefined;
  // As they were at the first step: `holdUser` refuses who has got another password since.
  return { step, user: { ...user, password_hash: step.data.passwordHash } };
}
