import { actorOf } from "@condo/http";
import { audit, type TenantTrx, type User } from "@condo/schema";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Context } from "./context.ts";
import { invalidCode, mfaLocked, type invalidPasskey } from "./errors.ts";
import { takeRecovery } from "./recovery-codes.ts";
import type { Factors } from "./repositories/factors.ts";
import { forgetAttempts, lockedSeconds, takeAttempt } from "./repositories/second-factor-attempts.ts";
import { takeTotpCode } from "./totp.ts";

export const mfaMethods = ["totp", "passkey", "recovery_code"] as const;

export const totpCode = z.string().regex(/^\d{6}$/, "should be six digits");
export const recoveryCode = z.string().max(64);

/** A code of a factor that a user has. */
export const codeProof = z
  .strictObject({ totp_code: totpCode.optional(), recovery_code: recoveryCode.optional() })
  .refine((given) => Object.values(given).filter(Boolean).length === 1, "should have one code");

/** With what a user may pass the second step; recovery codes alone are no factor. */
export function methodsOf(factors: Factors): (typeof mfaMethods)[number][] {
  if (!factors.totp && factors.passkeys === 0) return [];
  return [
    ...(factors.totp ? ["totp" as const] : []),
    ...(factors.passkeys > 0 ? ["passkey" as const] : []),
    ...(factors.recoveryCodes > 0 ? ["recovery_code" as const] : []),
  ];
}

/** Why a proof was refused. It is a value, not an error: the attempt stays counted, and what is written is kept. */
export type Refusal = ReturnType<typeof mfaLocked | typeof invalidCode | typeof invalidPasskey>;

/**
 * Lets a user try to prove a factor, if not too many attempts failed before.
 *
 * @param check whether the proof is right
 * @param refused what to answer when it is not
 */
export async function attemptProof(
  trx: TenantTrx,
  request: FastifyRequest,
  user: Pick<User, "id" | "tenant_id">,
  check: () => Promise<boolean>,
  refused: () => Refusal = invalidCode,
): Promise<Refusal | undefined> {
  const who = { tenantId: user.tenant_id, userId: user.id };
  const mayTry = await takeAttempt(trx, who);
  if (mayTry && (await check())) {
    await forgetAttempts(trx, user.id);
    return undefined;
  }
  await audit(trx, {
    tenantId: user.tenant_id,
    actor: actorOf(request),
    action: mayTry ? "mfa.failed" : "mfa.locked",
    subjectType: "user",
    subjectId: user.id,
  });
  return mayTry ? refused() : mfaLocked(await lockedSeconds(trx, user.id));
}

/** Whether a code is right, and uses it up. */
export async function takeCode(
  trx: TenantTrx,
  { sealer }: Pick<Context, "sealer">,
  userId: string,
  proof: { totp_code?: string | undefined; recovery_code?: string | undefined },
): Promise<boolean> {
  return proof.totp_code === undefined
    ? takeRecovery(trx, sealer, userId, proof.recovery_code ?? "")
    : takeTotpCode(trx, sealer, userId, proof.totp_code, "confirmed");
}
