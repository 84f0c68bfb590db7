import type { SourceJournal } from "@condo/intake";
import type { Config } from "@condo/settings/webhook-ingest";
import type { ByteBudget } from "./byte-budget.ts";
import type { FairLine } from "./fair-line.ts";
import type { Intake } from "./intake.ts";
import type { RefusalLine } from "./refusal-line.ts";
import type { Rejections } from "./rejections.ts";
import type { SourceDirectory } from "./source-directory.ts";
import type { Spool } from "./spool.ts";
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
  memory: ByteBudget;
  rejections: Rejections;
  /** Null where no folder can be written. */
  spool: Spool | null;
  fairLine: FairLine;
  refusalLine: RefusalLine;
  unknownLimit: UnknownLimit;
  /** Of PUBLIC_URL. */
  publicProtocol: string;
  baseHost: string;
}
