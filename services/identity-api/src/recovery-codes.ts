import { randomInt } from "node:crypto";
import type { TenantTrx } from "@condo/schema";
import type { Sealer } from "@condo/secrets";
import { countRecoveryCodes, replaceRecoveryCodes, takeRecoveryCode } from "./repositories/recovery-codes.ts";

const codesAtOnce = 10;
/** Without letters and digits that are taken for one another. */
const alphabet = "abcdefghjkmnpqrstvwxyz23456789";
const groups = 4;
const groupLength = 4;

/** Makes new codes, each good for one login without the other factors; the old ones end. */
export async function renewRecoveryCodes(
  trx: TenantTrx,
  sealer: Sealer,
  user: { tenantId: string; userId: string },
): Promise<string[]> {
  const codes = Array.from({ length: codesAtOnce }, newCode);
  await replaceRecoveryCodes(
    trx,
    user,
    codes.map((code) => digest(sealer, user.userId, code)),
  );
  return codes;
}

/** Codes for a user who has a first factor now and no codes yet; undefined for one who has. */
export async function firstRecoveryCodes(
  trx: TenantTrx,
  sealer: Sealer,
  user: { tenantId: string; userId: string },
): Promise<string[] | undefined> {
  return (await countRecoveryCodes(trx, user.userId)) > 0 ? undefined : renewRecoveryCodes(trx, sealer, user);
}

export async function takeRecovery(
  trx: TenantTrx,
  sealer: Sealer,
  userId: string,
  code: string,
): Promise<boolean> {
  return takeRecoveryCode(trx, userId, digest(sealer, userId, code));
}

function newCode(): string {
  const group = () =>
    Array.from({ length: groupLength }, () => alphabet[randomInt(alphabet.length)]).join("");
  return Array.from({ length: groups }, group).join("-");
}

/** Keyed, so that the table alone is of no use to guess from. */
function digest(sealer: Sealer, userId: string, code: string): Buffer {
  const plain = code.toLowerCase().replace(/[^a-z0-9]/g, "");
  return sealer.digest(`${userId}:${plain}`, "recovery code");
}
