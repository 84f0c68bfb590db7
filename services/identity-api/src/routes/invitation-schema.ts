import { roles, type Invitation } from "@condo/schema";
import { z } from "zod";
import { roleId } from "./user-schema.ts";

export const invitationParams = z.object({ invitation_id: z.uuid().describe("Which invitation: its `id`") });

const statuses = ["open", "accepted", "revoked", "expired"] as const;

export const invitationSchema = z
  .object({
    id: z.uuid(),
    email: z.string(),
    role: z.enum(roles),
    role_id: roleId,
    status: z.enum(statuses),
    invited_by: z.uuid(),
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime(),
    accepted_at: z.iso.datetime().nullable(),
  })
  .meta({ id: "Invitation" });

export function presentInvitation(invitation: Invitation): z.output<typeof invitationSchema> {
  return {
    id: invitation.id,
    email: invitation.email,
    role: invitation.role,
    role_id: invitation.role_id,
    status: statusOf(invitation),
    invited_by: invitation.invited_by,
    created_at: invitation.created_at.toISOString(),
    expires_at: invitation.expires_at.toISOString(),
    accepted_at: invitation.accepted_at?.toISOString() ?? null,
  };
}

function statusOf(invitation: Invitation): (typeof statuses)[number] {
  if (invitation.accepted_at) return "accepted";
  if (invitation.revoked_at) return "revoked";
  return invitation.expires_at > new Date() ? "open" : "expired";
}
