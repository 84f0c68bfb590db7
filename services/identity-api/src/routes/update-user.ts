import { emit } from "@condo/events";
import { actorOf, type App, assertUnchanged, identityOf, invalid, setETag } from "@condo/http";
import { audit, roles, withTenant, type Role, type User } from "@condo/schema";
import { z } from "zod";
import { assertMayGive, assertNotLastAdmin, lockManagedUser, type RoleOfUser } from "../authority.ts";
import type { Context } from "../context.ts";
import { endSessions } from "../end-sessions.ts";
import { userConflictExplained } from "../errors.ts";
import { queueMail } from "../repositories/mails.ts";
import { lockAdministration } from "../repositories/tenants.ts";
import { updateUser as update } from "../repositories/users.ts";
import { email, personName } from "./schemas.ts";
import { presentUser, roleId, userParams, userSchema } from "./user-schema.ts";

const body = z.strictObject({
  email: email.optional(),
  first_name: personName.optional(),
  last_name: personName.optional(),
  role: z.enum(roles).optional(),
  role_id: roleId.optional(),
  is_active: z.boolean().optional().describe("False ends the user's sessions and lets nobody log in"),
});

export function updateUser(app: App, { db, mails }: Context): void {
  app.route({
    method: "PUT",
    url: "/users/:user_id",
    config: { access: "users:write", isConditional: true },
    schema: {
      tags: ["users"],
      summary: "Change a user",
      description:
        "A new role shows on the user's next request. A `role` alone takes away the role of the tenant's own.",
      params: userParams,
      body,
      response: { 200: userSchema },
    },
    handler: async (request, reply) => {
      const { role, role_id, ...given } = request.body;
      const id = request.params.user_id;
      const actor = identityOf(request);
      const { tenantId } = actor;
      const user = await withTenant(db, tenantId, async (trx) => {
        await lockAdministration(trx, tenantId);
        const before = await lockManagedUser(trx, actor, id);
        assertUnchanged(request, before);
        const newRole = roleAfter(before, role, role_id);
        if (newRole.role !== before.role || newRole.role_id !== before.role_id)
          await assertMayGive(trx, actor, newRole);
        await assertNotLastAdmin(trx, before, {
          role: newRole.role,
          isActive: given.is_active ?? before.is_active,
        });
        const after = await update(trx, id, { ...given, ...newRole });
        if (before.is_active && !after.is_active)
          await endSessions(trx, request, { tenantId, userId: id }, "user_disabled");
        if (before.email !== after.email) {
          const recipient = after.email;
          await queueMail(trx, request, { tenantId, kind: "email_verification", recipient, subjectId: id });
          if (before.email_verified_at)
            await queueMail(trx, request, {
              tenantId,
              kind: "email_changed",
              recipient: before.email,
              subjectId: id,
            });
        }
        await emit(trx, tenantId, "user.updated", { user_id: id });
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "user.updated",
          subjectType: "user",
          subjectId: id,
          before: presentUser(before),
          after: presentUser(after),
        });
        return after;
      }).catch(userConflictExplained);
      mails.wake();
      setETag(reply, user);
      return presentUser(user);
    },
  });
}

/** What a change of `role` and `role_id` comes to: each alone says all. */
function roleAfter(before: User, role: Role | undefined, roleId: string | null | undefined): RoleOfUser {
  if (role === undefined && roleId === undefined) return { role: before.role, role_id: before.role_id };
  const customId = roleId ?? null;
  if (customId === null) return { role: role ?? before.role, role_id: null };
  const isPlain = (candidate: Role) => candidate === "user" || candidate === "readonly";
  if (role !== undefined && !isPlain(role))
    throw invalid("body.role_id", "goes with the role user or readonly alone");
  return { role: role ?? (isPlain(before.role) ? before.role : "user"), role_id: customId };
}
