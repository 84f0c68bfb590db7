import { fastify } from "fastify";
import { Redis } from "ioredis";
import { Pool } from "pg";
import { tellReady } from "../../machine/floor-process.ts";

// What any service on this stack holds that does nothing: Node, Fastify, a connection to each engine, and no garbage.
const app = fastify();
const pool = new Pool({ connectionString: process.env["DATABASE_URL"] });
const redis = new Redis(process.env["REDIS_URL"] ?? "");

app.get("/", async () => {
  await Promise.all([pool.query("select 1"), redis.ping()]);
  return {};
});

const url = await app.listen({ host: "127.0.0.1", port: 0 });
await app.inject("/");
globalThis.gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
tellReady({ url });
