import { userOf, type App } from "@condo/http";
import { withTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { listPasskeys } from "../repositories/passkeys.ts";
import { factorsOf } from "../repositories/factors.ts";
import { passkeySchema, presentPasskey } from "./mfa-schema.ts";

const response = z.object({
  totp: z.boolean(),
  passkeys: z.array(passkeySchema),
  recovery_codes_left: z.int(),
});

export function getMfa(app: App, { db }: Context): void {
  app.route({
    method: "GET",
    url: "/auth/mfa",
    config: { access: "authenticated", isConditional: true },
    schema: {
      tags: ["second factors"],
      summary: "One's own factors",
      description: "Which second factors the caller has, and how many recovery codes are left.",
      response: { 200: response },
    },
    handler: async (request) => {
      const { tenantId, userId } = userOf(request);
      return withTenant(db, tenantId, async (trx) => {
        const factors = await factorsOf(trx, userId);
        return {
          totp: factors.totp,
          passkeys: (await listPasskeys(trx, userId)).map((passkey) => presentPasskey(passkey)),
          recovery_codes_left: factors.recoveryCodes,
        };
      });
    },
  });
}
