import { actorOf, answerableUserOf, identityOf, notFound, type App } from "@condo/http";
import { audit, withTenant } from "@condo/schema";
import { assertMayGive } from "../authority.ts";
import type { Context } from "../context.ts";
import { assertMayInvite, limitsInWords } from "../invitation-limits.ts";
import { invitationSeconds } from "../mail-token.ts";
import { renewInvitation } from "../repositories/invitations.ts";
import { queueMail } from "../repositories/mails.ts";
import { invitationParams, invitationSchema, presentInvitation } from "./invitation-schema.ts";

export function resendInvitation(app: App, { db, mails }: Context): void {
  app.route({
    method: "POST",
    url: "/invitations/:invitation_id/resend",
    config: { access: "invitations:write" },
    schema: {
      tags: ["invitations"],
      summary: "Send an invitation again",
      description: `It lasts 7 days from now, and the mail that was sent before is worthless. Whoever sends it again is who invites. ${limitsInWords}`,
      params: invitationParams,
      response: { 202: invitationSchema },
    },
    handler: async (request, reply) => {
      const subjectId = request.params.invitation_id;
      const actor = identityOf(request);
      const { tenantId } = actor;
      const invitation = await withTenant(db, tenantId, async (trx) => {
        const invitation = await renewInvitation(trx, subjectId, {
          expires_at: new Date(Date.now() + invitationSeconds * 1000),
          invited_by: answerableUserOf(request),
        });
        if (!invitation) throw notFound("open invitation");
        await assertMayGive(trx, actor, invitation);
        await assertMayInvite(trx, tenantId, invitation.email);
        await queueMail(trx, request, {
          tenantId,
          kind: "invitation",
          recipient: invitation.email,
          subjectId,
        });
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "invitation.resent",
          subjectType: "invitation",
          subjectId,
          after: presentInvitation(invitation),
        });
        return invitation;
      });
      mails.wake();
      return reply.code(202).send(presentInvitation(invitation));
    },
  });
}
