import type { SourceJournal } from "@condo/intake";
import type { Config } from "@condo/settings/webhook-ingest";
import type { Intake } from "./intake.ts";
import type { MemoryBudget } from "./memory-budget.ts";
import type { Rejections } from "./rejections.ts";
import type { SourceDirectory } from "./source-directory.ts";
import type { UnknownLimit } from "./unknown-limit.ts";
import type { RedisConnection } from "@condo/redis";
import type { Db } from "@condo/schema";

/** What the routes work with. */
export interface Context {
  config: Config;
  db: Db;
  redis: RedisConnection;
  directory: SourceDirectory;
  intake: Intake;
  journal: SourceJournal;
  memory: MemoryBudget;
  rejections: Rejections;
  unknownLimit: UnknownLimit;
  /** Of PUBLIC_URL. */
  publicProtocol: string;
  baseHost: string;
}
