import type { LoginStepPurpose, TenantTrx } from "@condo/schema";
import { withTenant, type Db } from "@condo/schema";
import type { Sealer } from "@condo/secrets";
import { invalidLoginStep } from "./errors.ts";
import { findLoginStep, insertLoginStep, takeLoginStep } from "./repositories/login-steps.ts";
import { newTenantToken, parseTenantToken, type TenantToken } from "./tenant-token.ts";

/** Each kind of token begins in its own way, so that a person can tell them apart; its purpose is in its row. */
const prefixes: Record<LoginStepPurpose, string> = {
  mfa: "mfa_",
  passkey_registration: "pkr_",
  passkey_login: "pkl_",
  oidc_return: "ost_",
  oidc_code: "oc_",
};

export const loginStepSeconds = 300;

/** What a login waits for: one use, one purpose, and what has to be remembered meanwhile. */
export interface Step<T> {
  token: TenantToken;
  userId: string | null;
  data: T;
}

/** @returns the token that leads back to the step */
export async function openStep(
  trx: TenantTrx,
  sealer: Sealer,
  step: {
    tenantId: string;
    purpose: LoginStepPurpose;
    userId: string | null;
    data: object;
    seconds?: number;
  },
): Promise<string> {
  const { token, hash } = newTenantToken(prefixes[step.purpose], step.tenantId);
  await insertLoginStep(trx, {
    tenant_id: step.tenantId,
    token_hash: hash,
    purpose: step.purpose,
    user_id: step.userId,
    data_sealed: sealer.seal(JSON.stringify(step.data), sealContext(hash)),
    expires_at: new Date(Date.now() + (step.seconds ?? loginStepSeconds) * 1000),
  });
  return token;
}

/** @throws Problem when it can't be a token of this purpose */
export function parseStepToken(token: string, purpose: LoginStepPurpose): TenantToken {
  const parsed = parseTenantToken(prefixes[purpose], token);
  if (!parsed) throw invalidLoginStep();
  return parsed;
}

/** Reads a step without using it up. */
export async function readStep<T>(
  trx: TenantTrx,
  sealer: Sealer,
  token: TenantToken,
  purpose: LoginStepPurpose,
): Promise<Step<T> | undefined> {
  const row = await findLoginStep(trx, token.hash, purpose);
  return row && { token, userId: row.user_id, data: unseal(sealer, token, row.data_sealed) as T };
}

/** Uses a step up, in the caller's transaction: a rollback gives it back. */
export async function takeStep(
  trx: TenantTrx,
  token: TenantToken,
  purpose: LoginStepPurpose,
): Promise<boolean> {
  return (await takeLoginStep(trx, token.hash, purpose)) !== undefined;
}

/**
 * Uses a step up for good, whatever becomes of what follows.
 *
 * @throws Problem when it was used, is over, or never was
 */
export async function spendStep<T>(
  db: Db,
  sealer: Sealer,
  given: string,
  purpose: LoginStepPurpose,
): Promise<Step<T>> {
  const token = parseStepToken(given, purpose);
  const row = await withTenant(db, token.tenantId, (trx) => takeLoginStep(trx, token.hash, purpose));
  if (!row) throw invalidLoginStep();
  return { token, userId: row.user_id, data: unseal(sealer, token, row.data_sealed) as T };
}

function unseal(sealer: Sealer, token: TenantToken, sealed: Buffer | null): unknown {
  if (!sealed) throw new Error("A login step remembers nothing");
  return JSON.parse(sealer.open(sealed, sealContext(token.hash)));
}

function sealContext(hash: Buffer): string {
  return `login_step:${hash.toString("hex")}`;
}
