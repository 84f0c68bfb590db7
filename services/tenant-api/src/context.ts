import type { Db } from "@condo/schema";
import type { Sealer } from "@condo/secrets";
import type { Redis } from "ioredis";
import type { Config } from "./config.ts";

/** What the routes work with. */
export interface Context {
  config: Config;
  db: Db;
  redis: Redis;
  sealer: Sealer;
}
