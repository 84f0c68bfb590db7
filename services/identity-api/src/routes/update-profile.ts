import { emit } from "@condo/events";
import { actorOf, type App, assertUnchanged, notFound, setETag, userOf } from "@condo/http";
import { audit, withTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { lockUser, updateUser } from "../repositories/users.ts";
import { personName } from "./schemas.ts";
import { presentUser, userSchema } from "./user-schema.ts";

const body = z.strictObject({ first_name: personName.optional(), last_name: personName.optional() });

export function updateProfile(app: App, { db }: Context): void {
  app.route({
    method: "PUT",
    url: "/users/profile",
    config: { access: "authenticated", isConditional: true },
    schema: {
      tags: ["users"],
      summary: "Change one's own name",
      description: "What is left out stays as it is. Address, password and role change elsewhere.",
      body,
      response: { 200: userSchema },
    },
    handler: async (request, reply) => {
      const { tenantId, userId } = userOf(request);
      const user = await withTenant(db, tenantId, async (trx) => {
        const before = await lockUser(trx, userId);
        if (!before) throw notFound("user");
        assertUnchanged(request, before);
        const after = await updateUser(trx, userId, request.body);
        await emit(trx, tenantId, "user.updated", { user_id: userId });
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "user.updated",
          subjectType: "user",
          subjectId: userId,
          before: presentUser(before),
          after: presentUser(after),
        });
        return after;
      });
      setETag(reply, user);
      return presentUser(user);
    },
  });
}
