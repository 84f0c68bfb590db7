import { afterCursor, identityOf, notFound, pageOf, pageQuery, toPage, type App } from "@condo/http";
import { readTenant, replayStatuses } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { findReplay, listReplays as list } from "../repositories/replays.ts";
import { replayParams } from "./path-parameters.ts";
import { presentReplay, replaySchema } from "./replay-schema.ts";

export function getReplay(app: App, { db }: Context): void {
  app.route({
    method: "GET",
    url: "/replays/:replay_id",
    config: { access: "webhook_events:read", isConditional: true },
    schema: {
      tags: ["dead letters"],
      summary: "A replay and how far it is",
      description: "How many of its deliveries were sent on, of how many.",
      params: replayParams,
      response: { 200: replaySchema },
    },
    handler: async (request) => {
      const replay = await readTenant(db, identityOf(request).tenantId, (trx) =>
        findReplay(trx, request.params.replay_id),
      );
      if (!replay) throw notFound("replay");
      return presentReplay(replay);
    },
  });
}

export function listReplays(app: App, { db }: Context): void {
  app.route({
    method: "GET",
    url: "/replays",
    config: { access: "webhook_events:read" },
    schema: {
      tags: ["dead letters"],
      summary: "List replays, newest first",
      description: "What was asked for at `POST /dead-letters/replay`, running and ended.",
      querystring: pageQuery.extend({
        status: z.enum(replayStatuses).optional().describe("Those in this state"),
      }),
      response: { 200: pageOf(replaySchema) },
    },
    handler: async (request) => {
      const { cursor, limit, status } = request.query;
      const after = afterCursor(cursor);
      const rows = await readTenant(db, identityOf(request).tenantId, (trx) =>
        list(trx, { after, limit, status }),
      );
      return toPage(rows, limit, presentReplay);
    },
  });
}
