import { emit } from "@condo/events";
import { actorOf, answerableUserOf, identityOf, invalid, type App } from "@condo/http";
import { audit, newId, roles, withTenant } from "@condo/schema";
import { z } from "zod";
import { assertMayGive } from "../authority.ts";
import type { Context } from "../context.ts";
import { emailTaken, invitationConflictExplained } from "../errors.ts";
import { assertMayInvite, limitsInWords } from "../invitation-limits.ts";
import { invitationSeconds } from "../mail-token.ts";
import { insertInvitation, revokeExpired } from "../repositories/invitations.ts";
import { queueMail } from "../repositories/mails.ts";
import { findUserByEmail } from "../repositories/users.ts";
import { invitationSchema, presentInvitation } from "./invitation-schema.ts";
import { email } from "./schemas.ts";
import { roleId } from "./user-schema.ts";

const body = z.strictObject({
  email,
  role: z.enum(roles).default("user"),
  role_id: roleId.default(null),
});

export function createInvitation(app: App, { db, mails }: Context): void {
  app.route({
    method: "POST",
    url: "/invitations",
    config: { access: "invitations:write" },
    schema: {
      tags: ["invitations"],
      summary: "Invite somebody by mail",
      description: `The role may have no permission that the caller lacks. The invitation lasts 7 days. ${limitsInWords}`,
      body,
      response: { 201: invitationSchema },
    },
    handler: async (request, reply) => {
      const given = request.body;
      const actor = identityOf(request);
      const { tenantId } = actor;
      if (given.role_id !== null && given.role !== "user" && given.role !== "readonly") {
        throw invalid("body.role_id", "goes with the role user or readonly alone");
      }
      const invitation = await withTenant(db, tenantId, async (trx) => {
        await assertMayGive(trx, actor, given);
        if (await findUserByEmail(trx, given.email)) throw emailTaken();
        await revokeExpired(trx, given.email);
        const invitation = await insertInvitation(trx, {
          ...given,
          id: newId(),
          tenant_id: tenantId,
          invited_by: answerableUserOf(request),
          expires_at: new Date(Date.now() + invitationSeconds * 1000),
        });
        await assertMayInvite(trx, tenantId, invitation.email);
        const subjectId = invitation.id;
        await queueMail(trx, request, { tenantId, kind: "invitation", recipient: given.email, subjectId });
        await emit(trx, tenantId, "invitation.created", { invitation_id: subjectId });
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "invitation.created",
          subjectType: "invitation",
          subjectId,
          after: presentInvitation(invitation),
        });
        return invitation;
      }).catch(invitationConflictExplained);
      mails.wake();
      return reply.code(201).send(presentInvitation(invitation));
    },
  });
}
