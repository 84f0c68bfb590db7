import type { TenantTrx } from "@condo/schema";
import type { Sealer } from "@condo/secrets";
import { Secret, TOTP } from "otpauth";
import { mfaAlreadyEnabled } from "./errors.ts";
import { findTotpFactor, takeTotpStep, upsertPendingTotp } from "./repositories/totp-factors.ts";

const periodSeconds = 30;
/** Steps before and after this one whose code is taken too: clocks differ, and people type slowly. */
const window = 1;
/** As long as SHA-1's output (RFC 4226, 4). */
const secretBytes = 20;

export interface TotpEnrolment {
  secret: string;
  otpauthUrl: string;
}

/** Makes a secret for an authenticator app. It protects nothing until a code of it was shown. */
export async function startTotp(
  trx: TenantTrx,
  sealer: Sealer,
  user: { tenantId: string; userId: string; email: string },
  issuer: string,
): Promise<TotpEnrolment> {
  const secret = new Secret({ size: secretBytes });
  const isStored = await upsertPendingTotp(trx, {
    tenant_id: user.tenantId,
    user_id: user.userId,
    secret_sealed: sealer.seal(secret.base32, sealContext(user.userId)),
  });
  if (!isStored) throw mfaAlreadyEnabled();
  return { secret: secret.base32, otpauthUrl: totpOf(secret, issuer, user.email).toString() };
}

/**
 * Whether a code is right, which it is once (RFC 6238, 5.2).
 *
 * @param which the secret that is in use, or the one that waits for its first code
 */
export async function takeTotpCode(
  trx: TenantTrx,
  sealer: Sealer,
  userId: string,
  code: string,
  which: "confirmed" | "pending",
): Promise<boolean> {
  const factor = await findTotpFactor(trx, userId);
  if (!factor || (factor.confirmed_at === null) !== (which === "pending")) return false;
  const secret = Secret.fromBase32(sealer.open(factor.secret_sealed, sealContext(userId)));
  const timestamp = Date.now();
  const delta = totpOf(secret).validate({ token: code, timestamp, window });
  if (delta === null) return false;
  return takeTotpStep(trx, factor, Math.floor(timestamp / 1000 / periodSeconds) + delta);
}

function totpOf(secret: Secret, issuer = "", label = ""): TOTP {
  return new TOTP({ issuer, label, secret, algorithm: "SHA1", digits: 6, period: periodSeconds });
}

function sealContext(userId: string): string {
  return `totp_factor:${userId}`;
}
