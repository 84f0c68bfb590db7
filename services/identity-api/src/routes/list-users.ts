import { afterCursor, identityOf, pageOf, pageQuery, toPage, type App } from "@condo/http";
import { readTenant, roles } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { listUsers as list } from "../repositories/users.ts";
import { presentUser, userSchema } from "./user-schema.ts";

const yesOrNo = z.enum(["true", "false"]);

const querystring = pageQuery.extend({
  q: z
    .string()
    .trim()
    .toLowerCase()
    .max(100)
    .optional()
    .describe("Begins the e-mail address, the full name or the last name, in any case"),
  role: z.enum(roles).optional().describe("Those with this built-in role"),
  role_id: z.uuid().optional().describe("Those with this role of the tenant's own"),
  is_active: yesOrNo.optional().describe("`false` for those who are switched off"),
  deleted: yesOrNo.default("false").describe("Lists the deleted users instead"),
});

export function listUsers(app: App, { db }: Context): void {
  app.route({
    method: "GET",
    url: "/users",
    config: { access: "users:read" },
    schema: {
      tags: ["users"],
      summary: "List users, newest first",
      description:
        "The tenant's users, by every filter that is given. Deleted ones are listed apart, for as long as they can be restored.",
      querystring,
      response: { 200: pageOf(userSchema) },
    },
    handler: async (request) => {
      const { cursor, limit, q, role, role_id, is_active, deleted } = request.query;
      const filter = {
        after: afterCursor(cursor),
        limit,
        prefix: q,
        role,
        roleId: role_id,
        isActive: is_active && is_active === "true",
        isDeleted: deleted === "true",
      };
      const rows = await readTenant(db, identityOf(request).tenantId, (trx) => list(trx, filter));
      return toPage(rows, limit, presentUser);
    },
  });
}
