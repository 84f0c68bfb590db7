import type { Db } from "@condo/schema";
import type { Redis } from "ioredis";
import type { Config } from "./config.ts";
import type { Intake } from "./intake.ts";
import type { SourceDirectory } from "./source-directory.ts";

/** What the routes work with. */
export interface Context {
  config: Config;
  db: Db;
  redis: Redis;
  directory: SourceDirectory;
  intake: Intake;
  baseHost: string;
}
