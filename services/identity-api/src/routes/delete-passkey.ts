import { notFound, userOf, type App } from "@condo/http";
import { withTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { noteFactorRemoved } from "../factor-notes.ts";
import { assertFreshLogin } from "../fresh-login.ts";
import { factorsOf } from "../repositories/factors.ts";
import { deletePasskey as remove } from "../repositories/passkeys.ts";
import { deleteRecoveryCodes } from "../repositories/recovery-codes.ts";
import { methodsOf } from "../second-factor.ts";

export function deletePasskey(app: App, { db }: Context): void {
  app.route({
    method: "DELETE",
    url: "/auth/passkeys/:passkey_id",
    config: { access: "authenticated" },
    schema: {
      tags: ["second factors"],
      summary: "Remove a passkey of one's own",
      description:
        "Recovery codes end with the last factor. Needs a session that was opened within 15 minutes.",
      params: z.object({ passkey_id: z.uuid().describe("Which passkey of one's own: its `id`") }),
      response: { 204: z.null() },
    },
    handler: async (request, reply) => {
      const user = userOf(request);
      await withTenant(db, user.tenantId, async (trx) => {
        await assertFreshLogin(trx, user);
        if (!(await remove(trx, user.userId, request.params.passkey_id))) throw notFound("passkey");
        if (methodsOf(await factorsOf(trx, user.userId)).length === 0) {
          await deleteRecoveryCodes(trx, user.userId);
        }
        await noteFactorRemoved(trx, request, user, "passkey");
      });
      return reply.code(204).send(null);
    },
  });
}
