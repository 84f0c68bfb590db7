import { emit } from "@condo/events";
import { actorOf, identityOf, notFound, type App } from "@condo/http";
import { audit, withTenant } from "@condo/schema";
import type { Context } from "../context.ts";
import { replayOver } from "../errors.ts";
import { cancelReplay as cancel, findReplay } from "../repositories/replays.ts";
import { replayParams } from "./path-parameters.ts";
import { presentReplay, replaySchema } from "./replay-schema.ts";

export function cancelReplay(app: App, { db }: Context): void {
  app.route({
    method: "POST",
    url: "/replays/:replay_id/cancel",
    config: { access: "webhook_deliveries:write" },
    schema: {
      tags: ["dead letters"],
      summary: "End a replay",
      description: "What was sent again stays on its way; the rest stays dead.",
      params: replayParams,
      response: { 200: replaySchema },
    },
    handler: async (request) => {
      const id = request.params.replay_id;
      const { tenantId } = identityOf(request);
      return withTenant(db, tenantId, async (trx) => {
        const replay = await cancel(trx, id);
        if (!replay) throw (await findReplay(trx, id)) ? replayOver() : notFound("replay");
        await emit(trx, tenantId, "webhook_replay.cancelled", { replay_id: id });
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "webhook_replay.cancelled",
          subjectType: "webhook_replay",
          subjectId: id,
          after: presentReplay(replay),
        });
        return presentReplay(replay);
      });
    },
  });
}
