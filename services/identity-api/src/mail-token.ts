import type { MailTokenPurpose } from "@condo/schema";
import { newTenantToken, parseTenantToken, type TenantToken } from "./tenant-token.ts";

/** What a mailed token may be for. Each kind begins in its own way, so that a person can tell them apart. */
const prefixes: Record<MailTokenPurpose | "invitation", string> = {
  password_reset: "prt_",
  email_verification: "evt_",
  invitation: "inv_",
};

export const passwordResetSeconds = 30 * 60;
export const emailVerificationSeconds = 3 * 86_400;
export const invitationSeconds = 7 * 86_400;

export function newMailToken(purpose: keyof typeof prefixes, tenantId: string): TenantToken {
  return newTenantToken(prefixes[purpose], tenantId);
}

/** Reads a token that a caller sent; undefined when it can't be one. */
export function parseMailToken(purpose: keyof typeof prefixes, token: string): TenantToken | undefined {
  return parseTenantToken(prefixes[purpose], token);
}
