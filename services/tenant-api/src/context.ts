import type { TenantCache } from "@condo/http";
import type { Db } from "@condo/schema";
import type { Sealer } from "@condo/secrets";
import type { RedisConnection } from "@condo/redis";
import type { ResolveTxt } from "@condo/tenancy";
import type { Config } from "@condo/settings/tenant-api";
import type { EventFeed } from "./event-feed.ts";

/** What the routes work with. */
export interface Context {
  config: Config;
  db: Db;
  redis: RedisConnection;
  sealer: Sealer;
  /** Of what costs Postgres much to say. */
  cache: TenantCache;
  feed: EventFeed;
  resolveTxt: ResolveTxt;
  /** Below this host, a subdomain names a tenant. */
  baseHost: string;
}
