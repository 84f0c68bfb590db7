import { emit } from "@condo/events";
import { actorOf, identityOf, notFound, type App } from "@condo/http";
import { audit, withTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { revokeInvitation as revoke } from "../repositories/invitations.ts";
import { invitationParams, presentInvitation } from "./invitation-schema.ts";

export function revokeInvitation(app: App, { db }: Context): void {
  app.route({
    method: "DELETE",
    url: "/invitations/:invitation_id",
    config: { access: "invitations:write" },
    schema: {
      tags: ["invitations"],
      summary: "Revoke an invitation",
      description: "Its link is refused from then on. 404 when it is not open: accepted, or revoked before.",
      params: invitationParams,
      response: { 204: z.null() },
    },
    handler: async (request, reply) => {
      const { tenantId } = identityOf(request);
      await withTenant(db, tenantId, async (trx) => {
        const invitation = await revoke(trx, request.params.invitation_id);
        if (!invitation) throw notFound("open invitation");
        await emit(trx, tenantId, "invitation.revoked", { invitation_id: invitation.id });
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "invitation.revoked",
          subjectType: "invitation",
          subjectId: invitation.id,
          after: presentInvitation(invitation),
        });
      });
      return reply.code(204).send(null);
    },
  });
}
