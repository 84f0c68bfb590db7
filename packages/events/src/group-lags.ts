import type { RedisConnection } from "@condo/redis";
import { eventAreas, streamOf, type EventArea } from "./catalogue.ts";

/** How far a consumer group has come with an area's events. */
export interface GroupLag {
  area: EventArea;
  /** Its name; `other` for all those together whose names are ids, or too many. */
  group: string;
  /** Events that it has not been given yet; null where Redis can't tell. */
  lag: number | null;
  /** Events that it was given and has not acknowledged. */
  pending: number;
}

const namedAtMost = 20;
/** A group of its own for each process would make a name for each, for ever. */
const isName = (group: string) => /^[a-z][a-z0-9._-]{0,62}$/i.test(group) && !/[0-9a-f]{8}/i.test(group);

/** Of every consumer group of every area. Anybody who reads Redis can make a group, so names are bounded. */
export async function groupLags(redis: RedisConnection): Promise<GroupLag[]> {
  const found = await Promise.all(eventAreas.map(async (area) => lagsOf(redis, area)));
  return found.flat();
}

async function lagsOf(redis: RedisConnection, area: EventArea): Promise<GroupLag[]> {
  let reply: unknown;
  try {
    reply = await redis.xinfo("GROUPS", streamOf(area));
  } catch (error) {
    // Nothing was published there yet.
    if (error instanceof Error && /no such key/i.test(error.message)) return [];
    throw error;
  }
  const lags = new Map<string, GroupLag>();
  for (const row of reply as unknown[]) {
    const fields = fieldsOf(row);
    const name = String(fields["name"]);
    const group = isName(name) && lags.size < namedAtMost ? name : "other";
    const known = lags.get(group);
    const lag = fields["lag"] === null ? null : Number(fields["lag"]);
    lags.set(group, {
      area,
      group,
      lag: known?.lag == null || lag === null ? (lag ?? known?.lag ?? null) : Math.max(known.lag, lag),
      pending: Math.max(known?.pending ?? 0, Number(fields["pending"])),
    });
  }
  return [...lags.values()];
}

/** A map in RESP3, a flat list of names and values in RESP2. */
function fieldsOf(row: unknown): Record<string, unknown> {
  if (row instanceof Map) return Object.fromEntries(row);
  if (!Array.isArray(row)) return { ...(row as object) };
  const fields: Record<string, unknown> = {};
  for (let index = 0; index + 1 < row.length; index += 2) fields[String(row[index])] = row[index + 1];
  return fields;
}
