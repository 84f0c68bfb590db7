import type { Passkey } from "@condo/schema";
import { z } from "zod";

export const passkeySchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    created_at: z.iso.datetime(),
    last_used_at: z.iso.datetime().nullable(),
  })
  .meta({ id: "Passkey" });

export const recoveryCodesField = z
  .array(z.string())
  .describe("Each is good for one login without the other factors. Shown this once");

export const totpEnrolmentSchema = z
  .object({
    secret: z.string().describe("For typing; shown this once"),
    otpauth_url: z.string().describe("For a QR code; it holds the secret"),
  })
  .meta({ id: "TotpEnrolment" });

export function presentPasskey(passkey: Passkey): z.output<typeof passkeySchema> {
  return {
    id: passkey.id,
    name: passkey.name,
    created_at: passkey.created_at.toISOString(),
    last_used_at: passkey.last_used_at?.toISOString() ?? null,
  };
}
