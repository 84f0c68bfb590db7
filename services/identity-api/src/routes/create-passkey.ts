import { userOf, type App } from "@condo/http";
import { newId, withTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { invalidLoginStep, invalidPasskey, passkeyConflictExplained } from "../errors.ts";
import { noteFactorAdded } from "../factor-notes.ts";
import { assertFreshLogin } from "../fresh-login.ts";
import { spendStep } from "../login-steps.ts";
import { registrationResponse, verifyRegistration, type PasskeyStep } from "../passkeys.ts";
import { firstRecoveryCodes } from "../recovery-codes.ts";
import { insertPasskey } from "../repositories/passkeys.ts";
import { passkeySchema, presentPasskey, recoveryCodesField } from "./mfa-schema.ts";

const body = z.strictObject({
  passkey_token: z.string().max(256),
  name: z.string().trim().min(1).max(100).default("Passkey"),
  response: registrationResponse,
});

export function createPasskey(app: App, context: Context): void {
  const { db, sealer } = context;
  app.route({
    method: "POST",
    url: "/auth/passkeys",
    config: { access: "authenticated" },
    schema: {
      tags: ["second factors"],
      summary: "Register a passkey",
      description:
        "Takes what the browser made of the options asked for before, and a login of a moment ago. With the first factor come recovery codes, shown this once.",
      body,
      response: { 201: passkeySchema.extend({ recovery_codes: recoveryCodesField.optional() }) },
    },
    handler: async (request, reply) => {
      const user = userOf(request);
      const { tenantId, userId } = user;
      const { passkey_token, name, response } = request.body;
      const asked = await spendStep<PasskeyStep>(db, sealer, passkey_token, "passkey_registration");
      if (asked.userId !== userId) throw invalidLoginStep();
      const credential = await verifyRegistration(context, asked.data, response);
      if (!credential) throw invalidPasskey();
      const answer = await withTenant(db, tenantId, async (trx) => {
        await assertFreshLogin(trx, user);
        const passkey = await insertPasskey(trx, {
          id: newId(),
          tenant_id: tenantId,
          user_id: userId,
          name,
          credential_id: credential.id,
          public_key: Buffer.from(credential.publicKey),
          counter: credential.counter,
          transports: response.response.transports ?? [],
        });
        await noteFactorAdded(trx, request, user, "passkey");
        const codes = await firstRecoveryCodes(trx, sealer, user);
        return { ...presentPasskey(passkey), ...(codes && { recovery_codes: codes }) };
      }).catch(passkeyConflictExplained);
      return reply.code(201).header("cache-control", "no-store").send(answer);
    },
  });
}
