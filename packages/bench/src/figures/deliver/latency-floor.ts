import { Redis } from "ioredis";
import { tellReady } from "../../machine/floor-process.ts";
import { verifyingApp } from "../accept/verifying-app.ts";
import { createPoster } from "./poster.ts";

// The least that a webhook's way can be: verified, appended to a stream on stable storage, acknowledged, read, posted. No
// deduplication, no tenants, no signature, no record.
const { REDIS_URL: redisUrl = "", RECEIVER_URL: receiver = "", SECRET: secret = "" } = process.env;
const concurrency = 200;
const readAtOnce = 500;
const stream = "bench:floor";

const [writer, reader] = [new Redis(redisUrl), new Redis(redisUrl)];
const post = createPoster(receiver, concurrency);
const app = verifyingApp(secret, (body) => writer.xadd(stream, "*", "b", body));
await writer.del(stream);
tellReady({ url: await app.listen({ host: "127.0.0.1", port: 0 }) });

for (let last = "0"; ;) {
  const read = await reader.xreadBuffer("COUNT", readAtOnce, "BLOCK", 0, "STREAMS", stream, last);
  for (const [id, [, body]] of read?.[0]?.[1] ?? []) {
    if (body) await post(body);
    last = String(id);
  }
}
