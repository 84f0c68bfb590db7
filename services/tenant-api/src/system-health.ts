import { heartbeats } from "@condo/http";
import { durabilityOf, intakeLag, type Durability } from "@condo/intake";
import type { RedisConnection } from "@condo/redis";
import { sql } from "kysely";
import { z } from "zod";
import type { Context } from "./context.ts";

const probeTimeoutMs = 2_000;

const state = z.enum(["ok", "degraded", "unavailable", "draining"]);

/** What anybody may know: which parts work, and whether an acknowledgement is durable. */
export const publicHealthSchema = z.object({
  status: z.enum(["ok", "degraded"]),
  services: z.record(z.string(), state),
  engines: z.object({ postgres: z.enum(["ok", "unavailable"]), redis: z.enum(["ok", "unavailable"]) }),
  acknowledgement: z.object({
    durable: z.boolean(),
    mode: z.enum(["fsync_always", "fsync_every_second", "not_persistent", "unknown"]),
  }),
});

/** What a member of a tenant may know besides. */
export const healthSchema = publicHealthSchema
  .extend({
    intake: z
      .object({ entries: z.int(), oldest_age_ms: z.int() })
      .nullable()
      .optional()
      .describe("What was accepted and waits to be recorded; null when Redis is away"),
    workers: z
      .array(z.object({ instance: z.string(), last_beat: z.iso.datetime(), alive: z.boolean() }))
      .optional(),
  })
  .meta({ id: "Health" });

export type SystemHealth = Required<z.output<typeof healthSchema>>;

/** Asks every service and both engines, each for two seconds at most. */
export async function systemHealth({ config, db, redis }: Context): Promise<SystemHealth> {
  const urls = {
    "identity-api": config.IDENTITY_URL,
    "webhook-ingest": config.INGEST_URL,
    worker: config.WORKER_URL,
  };
  const [states, postgres, redisState, mode, intake, workers] = await Promise.all([
    Promise.all(Object.entries(urls).map(async ([name, url]) => [name, await stateOf(url)] as const)),
    answers(sql`select 1`.execute(db)),
    answers(redis.ping()),
    orElse<Durability>(durabilityOf(redis), "unknown"),
    orElse(totalLag(redis, config.INTAKE_SHARDS), null),
    orElse(heartbeats(redis, "worker"), []),
  ]);
  const services: Record<string, State> = { "tenant-api": "ok", ...Object.fromEntries(states) };
  // One that answers, and is not heard of, has stopped working.
  if (!workers.some(({ alive }) => alive)) services["worker"] = "unavailable";
  const well = [...Object.values(services), postgres, redisState].every((part) => part === "ok");
  return {
    status: well ? "ok" : "degraded",
    services,
    engines: { postgres, redis: redisState },
    acknowledgement: { durable: mode === "fsync_always", mode },
    intake,
    workers: workers.map(({ instance, lastBeat, alive }) => ({
      instance,
      last_beat: lastBeat.toISOString(),
      alive,
    })),
  };
}

type State = z.output<typeof state>;

async function stateOf(url: string): Promise<State> {
  try {
    const answer = await fetch(new URL("/health/ready", url), {
      signal: AbortSignal.timeout(probeTimeoutMs),
    });
    return z.object({ status: state }).parse(await answer.json()).status;
  } catch {
    return "unavailable";
  }
}

async function answers(question: Promise<unknown>): Promise<"ok" | "unavailable"> {
  return orElse(
    question.then(() => "ok" as const),
    "unavailable",
  );
}

async function totalLag(
  redis: RedisConnection,
  shards: number,
): Promise<{ entries: number; oldest_age_ms: number }> {
  const lags = await Promise.all(Array.from({ length: shards }, (_, shard) => intakeLag(redis, shard)));
  return {
    entries: lags.reduce((sum, lag) => sum + lag.entries, 0),
    oldest_age_ms: Math.max(...lags.map((lag) => lag.oldestAgeMs)),
  };
}

/** What a question answers, or `otherwise` when it fails or takes too long. */
async function orElse<T>(question: Promise<T>, otherwise: T): Promise<T> {
  const { promise: late, resolve } = Promise.withResolvers<T>();
  const timer = setTimeout(() => resolve(otherwise), probeTimeoutMs);
  try {
    return await Promise.race([question, late]);
  } catch {
    return otherwise;
  } finally {
    clearTimeout(timer);
  }
}
