import { createDrainGroup, finishEntries, readEntries } from "@condo/intake";
import { connectRedis } from "@condo/redis";
import { Agent } from "undici";
import { tellReady } from "../../machine/floor-process.ts";

// Reads the stream that the worker reads and posts to the same receiver, as many at once. Nothing is recorded, signed or
// tried again: what was read and not yet posted when this dies is lost.
const redis = connectRedis(process.env["REDIS_URL"] ?? "", { waits: true, onError: () => undefined });
const url = new URL(process.env["RECEIVER_URL"] ?? "");
const concurrency = Number(process.env["CONCURRENCY"]);
const agent = new Agent({ connections: concurrency });
const headers = { "content-type": "application/json" };
const shard = 0;

const free = { slots: concurrency, onFree: undefined as (() => void) | undefined };

async function post(body: Buffer): Promise<void> {
  try {
    const answer = await agent.request({
      origin: url.origin,
      path: url.pathname,
      method: "POST",
      headers,
      body,
    });
    await answer.body.dump();
  } finally {
    free.slots++;
    free.onFree?.();
  }
}

await createDrainGroup(redis, shard);
tellReady({});
for (;;) {
  const entries = await readEntries(redis, shard, "floor", { count: 500, blockMs: 1_000 });
  for (const { body } of entries) {
    while (free.slots === 0) await new Promise<void>((resolve) => (free.onFree = resolve));
    free.slots--;
    if (body) void post(body);
  }
  await finishEntries(redis, shard, entries);
}
