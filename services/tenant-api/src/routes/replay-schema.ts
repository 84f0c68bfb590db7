import { replayStatuses, type Replay } from "@condo/schema";
import { z } from "zod";

export const replaySchema = z
  .object({
    id: z.uuid(),
    status: z.enum(replayStatuses),
    destination_id: z.uuid().nullable(),
    event_type: z.string().nullable(),
    since: z.iso.datetime().nullable(),
    until: z.iso.datetime().nullable(),
    rate_per_second: z.int(),
    total: z.int().describe("Dead letters that fitted when the replay was asked for"),
    replayed: z.int().describe("How many of them were sent again so far"),
    created_at: z.iso.datetime(),
    finished_at: z.iso.datetime().nullable(),
  })
  .meta({ id: "Replay" });

export function presentReplay(replay: Replay): z.output<typeof replaySchema> {
  return {
    id: replay.id,
    status: replay.status,
    destination_id: replay.destination_id,
    event_type: replay.event_type,
    since: replay.since?.toISOString() ?? null,
    until: replay.until?.toISOString() ?? null,
    rate_per_second: replay.rate_per_second,
    total: replay.total,
    replayed: replay.replayed,
    created_at: replay.created_at.toISOString(),
    finished_at: replay.finished_at?.toISOString() ?? null,
  };
}
