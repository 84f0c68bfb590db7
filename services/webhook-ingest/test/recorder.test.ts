import assert from "node:assert/strict";
import { test } from "node:test";
import type { IncomingEvent } from "@condo/intake";
import { newId } from "@condo/schema";
import { sql } from "kysely";
import { createRecorder } from "../src/recorder.ts";
import { startIngest } from "./ingest.ts";

const megabyte = 1024 * 1024;

test("what waits for a commit shares the next, but no more than a few megabytes of it", async () => {
  const { db, createSource } = await startIngest();
  const { tenantId, sourceId, service } = await createSource();
  const record = createRecorder(db.app);
  const eventOf = (bytes: number): IncomingEvent => {
    const id = newId();
    return {
      id,
      tenantId,
      sourceId,
      serviceName: service,
      eventType: "test",
      senderEventId: null,
      dedupeKey: `id:${id}`,
      dedupeWindowMs: 60_000,
      contentType: null,
      headers: {},
      receivedAt: new Date(),
      body: Buffer.alloc(bytes),
    };
  };
  const sizes = [1, 3 * megabyte, megabyte, 1, 6 * megabyte, ...Array<number>(10).fill(1)];
  const events = sizes.map(eventOf);
  const receipts = await Promise.all(events.map(record));
  assert.deepEqual(
    receipts,
    events.map(({ id }) => ({ status: "accepted", id })),
  );
  const { rows } = await sql<{ id: string; commit: string }>`
    select id, xmin::text as commit from webhook_events where tenant_id = ${tenantId}
  `.execute(db.platform);
  const commits = new Map(rows.map(({ id, commit }) => [id, commit]));
  const together = Map.groupBy(events, ({ id }) => commits.get(id));
  assert.deepEqual(
    [...together.values()].map(({ length }) => length),
    [1, 2, 1, 1, 10],
    "the first finds nothing under way; one that is larger by itself goes alone",
  );
});
