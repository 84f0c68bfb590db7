import { Redis } from "ioredis";
import { Client } from "pg";
import { SetupProblem } from "./problem.ts";

const connectLimitMs = 5_000;

/** @throws SetupProblem that names the variable, without the password that is in its value */
function parseUrl(variable: string, value: string, protocols: string[], example: string): URL {
  const url = URL.parse(value);
  if (!url || !protocols.includes(url.protocol)) {
    throw new SetupProblem(`${variable} is no URL of the kind ${example}`);
  }
  return url;
}

/** Tries a Postgres that was given instead of the embedded one. */
export async function checkPostgres(variable: string, value: string): Promise<void> {
  const protocols = ["postgres:", "postgresql:"];
  const url = parseUrl(variable, value, protocols, "postgresql://user:password@host:5432/database");
  const client = new Client({ connectionString: value, connectionTimeoutMillis: connectLimitMs });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ may_create_roles: boolean; version: number }>(
      `select rolsuper or rolcreaterole as may_create_roles, current_setting('server_version_num')::int as version
       from pg_roles where rolname = current_user`,
    );
    if (!rows[0]?.may_create_roles) {
      throw new SetupProblem(
        `${variable}: the role ${url.username} may not create roles: give the one that owns the database, with CREATEROLE`,
      );
    }
  } catch (error) {
    if (error instanceof SetupProblem) throw error;
    throw unreachable(variable, "Postgres", url, error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Tries a Redis that was given; resolves to what is amiss with how it keeps what it acknowledged, if anything. */
export async function checkRedis(variable: string, value: string): Promise<string | undefined> {
  const url = parseUrl(variable, value, ["redis:", "rediss:"], "redis://:password@host:6379/0");
  const redis = new Redis(value, {
    lazyConnect: true,
    connectTimeout: connectLimitMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  const failure: { last?: Error } = {};
  redis.on("error", (error: Error) => (failure.last = error));
  try {
    await redis.connect();
    await redis.ping();
    return await weakness(variable, redis);
  } catch (error) {
    throw unreachable(variable, "Redis", url, failure.last ?? error);
  } finally {
    redis.disconnect();
  }
}

async function weakness(variable: string, redis: Redis): Promise<string | undefined> {
  const settingOf = async (name: string): Promise<string | undefined> => {
    const answer = await redis.call("CONFIG", "GET", name).catch(() => undefined);
    return answer === undefined
      ? undefined
      : String(Array.isArray(answer) ? answer[1] : Object.values(answer as object)[0]);
  };
  const [appendonly, appendfsync] = await Promise.all([settingOf("appendonly"), settingOf("appendfsync")]);
  if (appendonly === undefined)
    return `${variable}: this Redis does not say whether it keeps what it acknowledged`;
  if (appendonly === "yes" && appendfsync === "always") return undefined;
  return `${variable}: this Redis has appendonly ${appendonly}, appendfsync ${appendfsync}: an accepted webhook can be lost with it`;
}

function unreachable(variable: string, engine: string, url: URL, error: unknown): SetupProblem {
  const { message, code } = error as Error & { code?: string };
  const isAway = /ECONNREFUSED|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|timeout/.test(`${code} ${message}`);
  const reason = message || code;
  const remedy = isAway ? `is ${engine} running there?` : "check user, password and database";
  return new SetupProblem(`${variable}: no connection to ${engine} at ${url.host} (${reason}): ${remedy}`);
}
