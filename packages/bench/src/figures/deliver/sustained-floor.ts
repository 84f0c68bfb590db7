import { createDrainGroup, finishEntries, readEntries } from "@condo/intake";
import { connectRedis } from "@condo/redis";
import { tellReady } from "../../machine/floor-process.ts";
import { createPoster } from "./poster.ts";

// Reads the stream that the worker reads and posts to the same receiver, as many at once. What was read and not yet
// posted when this dies is lost.
const redis = connectRedis(process.env["REDIS_URL"] ?? "", { waits: true, onError: () => undefined });
const post = createPoster(process.env["RECEIVER_URL"] ?? "", Number(process.env["CONCURRENCY"]));
const shard = 0;

await createDrainGroup(redis, shard);
tellReady({});
for (;;) {
  const entries = await readEntries(redis, shard, "floor", { count: 500, blockMs: 1_000 });
  for (const { body } of entries) if (body) await post(body);
  await finishEntries(redis, shard, entries);
}
