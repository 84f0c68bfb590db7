import { emit } from "@condo/events";
import { actorOf, keepAnswer, onceOrAnsweredBefore, permissionsOf, Problem, type App } from "@condo/http";
import { audit, newId, withTenant, type Invitation, type TenantTrx, type User } from "@condo/schema";
import { assertRoom } from "@condo/tenancy";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { assertMayGive } from "../authority.ts";
import type { Context } from "../context.ts";
import { invalidInvitation, userConflictExplained } from "../errors.ts";
import { parseMailToken } from "../mail-token.ts";
import { isOpen } from "../named-tenant.ts";
import { assertHardToGuess, passwordContextOf } from "../password-policy.ts";
import { acceptByToken, findInvitationByToken } from "../repositories/invitations.ts";
import { findRole } from "../repositories/roles.ts";
import { findTenant } from "../repositories/tenants.ts";
import { findUser, insertUser } from "../repositories/users.ts";
import { mailToken, newPassword, personName } from "./schemas.ts";
import { presentUser, userSchema } from "./user-schema.ts";

const body = z.strictObject({
  token: mailToken,
  password: newPassword,
  first_name: personName,
  last_name: personName,
});

export function acceptInvitation(app: App, { config, db, hasher, sealer }: Context): void {
  app.route({
    method: "POST",
    url: "/invitations/accept",
    config: { access: "public", rateLimit: { max: config.LOGIN_ATTEMPTS_PER_MINUTE } },
    schema: {
      tags: ["invitations"],
      summary: "Accept an invitation by its mailed token",
      description: "Makes the user, who can log in then. The token works once.",
      body,
      response: { 201: userSchema },
    },
    handler: async (request, reply) => {
      const { token, password, ...names } = request.body;
      const presented = parseMailToken("invitation", token);
      if (!presented) throw invalidInvitation();
      const { tenantId, hash } = presented;
      const once = { sealer, request, tenantId };
      return onceOrAnsweredBefore(db, once, reply, async () => {
        const { invitation, tenant } = await withTenant(db, tenantId, async (trx) => ({
          invitation: await findInvitationByToken(trx, hash),
          tenant: await findTenant(trx, tenantId),
        }));
        if (!invitation || !isOpen(tenant)) throw invalidInvitation();
        // A password that is refused leaves the invitation open.
        assertHardToGuess("body.password", password, passwordContextOf(tenant, { ...invitation, ...names }));
        const passwordHash = await hasher.hash(password);
        const answer = await withTenant(db, tenantId, async (trx) => {
          const invitation = await acceptByToken(trx, hash);
          if (!invitation) throw invalidInvitation();
          await assertInviterStillMay(trx, invitation);
          await assertRoom(trx, tenantId, "users");
          const user = await insertUser(trx, {
            ...names,
            id: newId(),
            tenant_id: tenantId,
            email: invitation.email,
            password_hash: passwordHash,
            role: invitation.role,
            role_id: invitation.role_id,
            email_verified_at: new Date(),
          });
          await tell(trx, request, invitation, user);
          const answer = presentUser(user);
          await keepAnswer(trx, once, 201, answer);
          return answer;
        }).catch(userConflictExplained);
        return reply.code(201).send(answer);
      });
    },
  });
}

/** Nobody leaves a way back in, or up: an invitation is worth what its inviter may give at the moment it is accepted. */
async function assertInviterStillMay(trx: TenantTrx, invitation: Invitation): Promise<void> {
  const inviter = await findUser(trx, invitation.invited_by);
  if (!inviter?.is_active) throw invalidInvitation();
  const custom = inviter.role_id ? await findRole(trx, inviter.role_id) : undefined;
  const permissions = permissionsOf(inviter.role, custom?.permissions);
  if (!permissions.has("invitations:write")) throw invalidInvitation();
  const actor = { permissions, role: inviter.role, tenantId: inviter.tenant_id };
  await assertMayGive(trx, actor, invitation).catch((error: unknown) => {
    throw error instanceof Problem ? invalidInvitation() : error;
  });
}

async function tell(
  trx: TenantTrx,
  request: FastifyRequest,
  invitation: Invitation,
  user: User,
): Promise<void> {
  const tenantId = user.tenant_id;
  const actor = { ...actorOf(request), type: "user" as const, id: user.id };
  await emit(trx, tenantId, "invitation.accepted", { invitation_id: invitation.id, user_id: user.id });
  await emit(trx, tenantId, "user.created", { user_id: user.id, role: user.role });
  await audit(trx, {
    tenantId,
    actor,
    action: "invitation.accepted",
    subjectType: "invitation",
    subjectId: invitation.id,
    after: { user_id: user.id, invited_by: invitation.invited_by },
  });
  await audit(trx, {
    tenantId,
    actor,
    action: "user.created",
    subjectType: "user",
    subjectId: user.id,
    after: presentUser(user),
  });
}
