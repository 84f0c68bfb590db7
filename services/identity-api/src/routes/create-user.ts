import { emit } from "@condo/events";
import { actorOf, identityOf, invalid, type App } from "@condo/http";
import { audit, newId, roles, withTenant } from "@condo/schema";
import { assertRoom } from "@condo/tenancy";
import { z } from "zod";
import { assertMayGive } from "../authority.ts";
import type { Context } from "../context.ts";
import { userConflictExplained } from "../errors.ts";
import { assertHardToGuess, passwordContextOf } from "../password-policy.ts";
import { queueMail } from "../repositories/mails.ts";
import { findTenant } from "../repositories/tenants.ts";
import { insertUser } from "../repositories/users.ts";
import { email, newPassword, personName } from "./schemas.ts";
import { presentUser, roleId, userSchema } from "./user-schema.ts";

const body = z.strictObject({
  email,
  password: newPassword,
  first_name: personName,
  last_name: personName,
  role: z.enum(roles).default("user"),
  role_id: roleId.default(null),
});

export function createUser(app: App, { db, hasher, mails, newUserGate }: Context): void {
  app.route({
    method: "POST",
    url: "/users",
    config: { access: "users:write" },
    schema: {
      tags: ["users"],
      summary: "Create a user with a password",
      description: "The role may have no permission that the caller lacks.",
      body,
      response: { 201: userSchema },
    },
    handler: async (request, reply) => {
      const { password, ...given } = request.body;
      const actor = identityOf(request);
      if (given.role_id !== null && given.role !== "user" && given.role !== "readonly") {
        throw invalid("body.role_id", "goes with the role user or readonly alone");
      }
      // Before the hash, which is dear; and again with the insert, since a role may change meanwhile.
      const tenant = await withTenant(db, actor.tenantId, async (trx) => {
        await assertMayGive(trx, actor, given);
        return findTenant(trx, actor.tenantId);
      });
      assertHardToGuess("body.password", password, passwordContextOf(tenant, given));
      const passwordHash = await newUserGate(actor.tenantId, () => hasher.hash(password));
      const user = await withTenant(db, actor.tenantId, async (trx) => {
        await assertMayGive(trx, actor, given);
        await assertRoom(trx, actor.tenantId, "users");
        const user = await insertUser(trx, {
          ...given,
          id: newId(),
          tenant_id: actor.tenantId,
          password_hash: passwordHash,
        });
        await emit(trx, actor.tenantId, "user.created", { user_id: user.id, role: user.role });
        await audit(trx, {
          tenantId: actor.tenantId,
          actor: actorOf(request),
          action: "user.created",
          subjectType: "user",
          subjectId: user.id,
          after: presentUser(user),
        });
        await queueMail(trx, request, {
          tenantId: actor.tenantId,
          kind: "email_verification",
          recipient: user.email,
          subjectId: user.id,
        });
        return user;
      }).catch(userConflictExplained);
      mails.wake();
      return reply.code(201).send(presentUser(user));
    },
  });
}
