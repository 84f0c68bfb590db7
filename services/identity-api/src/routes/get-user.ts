import { type App, identityOf, notFound, setETag } from "@condo/http";
import { readTenant } from "@condo/schema";
import type { Context } from "../context.ts";
import { findUser } from "../repositories/users.ts";
import { presentUser, userParams, userSchema } from "./user-schema.ts";

export function getUser(app: App, { db }: Context): void {
  app.route({
    method: "GET",
    url: "/users/:user_id",
    config: { access: "users:read", isConditional: true },
    schema: {
      tags: ["users"],
      summary: "A user",
      description: "One user of the tenant, with role and state. Its ETag makes a change of it conditional.",
      params: userParams,
      response: { 200: userSchema },
    },
    handler: async (request, reply) => {
      const user = await readTenant(db, identityOf(request).tenantId, (trx) =>
        findUser(trx, request.params.user_id),
      );
      if (!user) throw notFound("user");
      setETag(reply, user);
      return presentUser(user);
    },
  });
}
