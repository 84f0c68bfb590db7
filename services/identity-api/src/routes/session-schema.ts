import type { Session } from "@condo/schema";
import { z } from "zod";

export const sessionParams = z.object({ session_id: z.uuid().describe("Which session: its `id`") });

export const sessionSchema = z
  .object({
    id: z.uuid(),
    user_agent: z.string().nullable().describe("The device, as it named itself at login"),
    address: z.string().nullable().describe("Where the login came from"),
    created_at: z.iso.datetime(),
    last_used_at: z.iso.datetime().describe("To the minute"),
    expires_at: z.iso.datetime(),
    is_current: z.boolean().describe("Whether this request is made with it"),
  })
  .meta({ id: "Session" });

export const endedSessions = z.object({ ended: z.int().describe("How many sessions were open") });

export function presentSession(session: Session, currentId: string | null): z.output<typeof sessionSchema> {
  return {
    id: session.id,
    user_agent: session.user_agent,
    address: session.address,
    created_at: session.created_at.toISOString(),
    last_used_at: session.last_used_at.toISOString(),
    expires_at: session.expires_at.toISOString(),
    is_current: session.id === currentId,
  };
}
